import { z } from 'zod';
import { SCOPES } from '../auth/caller.js';
import { route, type Route } from '../http/route.js';
import { epochMs, idParams, listOf } from '../schemas/common.js';
import type { Services } from '../services.js';

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(SCOPES),
  last4: z.string().describe('The last characters of the key.'),
  createdAt: epochMs,
  createdBy: z.string(),
  expiresAt: epochMs.optional(),
  rotatedAt: epochMs.optional(),
  graceUntil: epochMs.optional().describe('Until when the key before the last rotation is accepted.'),
  lastUsedAt: epochMs.optional().describe('Within a minute.'),
});

const newKeySchema = keySchema.extend({ key: z.string().describe('The key itself: shown this once.') });

const newKeyBody = z.strictObject({
  name: z.string().trim().min(1).max(128),
  scope: z.enum(SCOPES),
  expiresAt: epochMs.nonnegative().optional(),
});

const rotateBody = z
  .strictObject({
    graceMs: z
      .int()
      .min(0)
      .max(604_800_000)
      .optional()
      .describe('How long the old key goes on, in milliseconds. Default 0.'),
  })
  .optional();

/** API keys. Their answers hold secrets once, so they are never stored for idempotency. */
export function keyRoutes({ keys }: Services): Route[] {
  const tag = 'keys';
  const find = ({ id = '' }): Promise<unknown> => keys.get(id);
  return [
    route({
      method: 'GET',
      path: '/api/v1/keys',
      operationId: 'listKeys',
      tag,
      summary: 'List API keys',
      scope: 'admin',
      answers: { 200: listOf(keySchema) },
      handle: async () => ({ items: await keys.list() }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/keys',
      operationId: 'createKey',
      tag,
      summary: 'Make an API key; its text is in this answer alone',
      scope: 'admin',
      isIdempotent: false,
      body: newKeyBody,
      answers: { 201: newKeySchema },
      handle: ({ body, caller }) => keys.create({ ...body, createdBy: caller.id }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/keys/{id}',
      operationId: 'getKey',
      tag,
      summary: 'Get an API key, without its text',
      scope: 'admin',
      params: idParams,
      answers: { 200: keySchema },
      handle: ({ params }) => keys.get(params.id),
    }),
    route({
      method: 'POST',
      path: '/api/v1/keys/{id}/rotate',
      operationId: 'rotateKey',
      tag,
      summary: 'Give a key a new text; the old one ends now or after a grace',
      scope: 'admin',
      isIdempotent: false,
      params: idParams,
      body: rotateBody,
      answers: { 200: newKeySchema },
      find,
      handle: ({ params, body }) => keys.rotate(params.id, body?.graceMs),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/keys/{id}',
      operationId: 'revokeKey',
      tag,
      summary: 'Take a key away, at once',
      scope: 'admin',
      params: idParams,
      answers: { 204: 'none' },
      find,
      handle: ({ params }) => keys.revoke(params.id),
    }),
  ];
}
