import { OrchestratorError } from '@master-orchestrator/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z, type ZodType } from 'zod';
import { ANONYMOUS, type Caller, type Scope } from '../auth/caller.js';
import { errorBodySchema } from '../errors/error-body.js';
import type { AnswerShape, Route } from './route.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs; absent for what no route answers. */ scope?: Scope | 'public';
    /** @default true */ isLimited?: boolean;
    /** @default true */ isIdempotent?: boolean;
    /** True: the answer is sent as it is, without a search for secrets in it. */ isRaw?: boolean;
  }
  interface FastifyRequest {
    /** Set once the request was authenticated. */ caller?: Caller;
  }
}

/** Ids that no store has: control characters, or longer than any key. */
// oxlint-disable-next-line no-control-regex
const IMPOSSIBLE_ID = /[\u0000-\u001f\u007f]|^.{257,}$|^$/su;

/** Adds every route of a table, with its schema for checks and for the document. */
export function mountRoutes(app: FastifyInstance, routes: readonly Route[]): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      schema: schemaOf(route),
      exposeHeadRoute: route.method === 'GET' && !Object.values(route.answers).includes('text/event-stream'),
      config: {
        scope: route.scope,
        isLimited: route.isLimited ?? true,
        isIdempotent: route.isIdempotent ?? true,
        isRaw: route.isIdempotent === false,
      },
      onRequest: async (request) => {
        const params = request.params as Record<string, string>;
        for (const [name, value] of Object.entries(params)) {
          if (IMPOSSIBLE_ID.test(value)) throw new OrchestratorError('NOT_FOUND', `There is no such ${name}.`);
        }
        await route.find?.(params);
      },
      handler: (request, reply) => answer(route, request, reply),
    });
  }
}

async function answer(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  reply.code(usualStatus(route));
  const { params, query, body, caller = ANONYMOUS } = request;
  const value = await route.handle({ params, query, body, caller, request, reply });
  if (reply.sent) return reply;
  return value === undefined ? reply.send() : value;
}

function usualStatus(route: Route): number {
  return Number(Object.keys(route.answers).find((status) => status.startsWith('2')) ?? 200);
}

function schemaOf(route: Route): FastifySchema {
  const { params, query, body, answers, scope } = route;
  const response: Record<string, unknown> = {};
  for (const [status, shape] of Object.entries(answers)) response[status] = responseOf(shape);
  for (const [status, words] of failuresOf(route)) response[status] ??= described(words, JSON_TYPE, errorBodySchema);
  response['default'] = described('Any other failure.', JSON_TYPE, errorBodySchema);
  return {
    tags: [route.tag],
    operationId: route.operationId,
    summary: route.summary,
    description: route.description ?? `${route.summary}.`,
    ...(scope === 'public' ? { security: [] } : {}),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response,
  };
}

/** What may go wrong with a route, by status. */
function failuresOf({ scope, params, query, body, isLimited = true }: Route): [string, string][] {
  return [
    ...(scope === 'public' ? [] : [['401', 'No key, or one that is not valid.'] as [string, string]]),
    ['403', 'Not allowed: scope, Host or Origin.'],
    ...(params === undefined ? [] : [['404', 'There is nothing under this id.'] as [string, string]]),
    ...(query === undefined && body === undefined ? [] : INVALID),
    ...(body === undefined ? [] : BODY_REFUSED),
    ...(isLimited ? BUSY : []),
  ];
}

function responseOf(shape: AnswerShape): unknown {
  if (shape === 'none') return NO_BODY;
  if (typeof shape !== 'string') return described('The answer.', JSON_TYPE, shape);
  return described(shape === 'text/event-stream' ? 'A stream of events.' : 'Text.', shape, TEXT);
}

function described(description: string, mediaType: string, schema: ZodType): unknown {
  return { description, content: { [mediaType]: { schema } } };
}

const JSON_TYPE = 'application/json';
const INVALID: [string, string][] = [
  ['400', 'The request is malformed.'],
  ['422', 'A known field has a value that is not allowed.'],
];
const BODY_REFUSED: [string, string][] = [
  ['413', 'The body is too large.'],
  ['415', 'The body is not JSON.'],
];
const BUSY: [string, string][] = [
  ['429', 'Too many requests; Retry-After says how long to wait.'],
  ['503', 'Too busy, or shutting down; Retry-After says how long to wait.'],
];
const TEXT = z.string();
/** The generator leaves the content out where the schema is null. */
const NO_BODY = z.null().describe('Done; no body.');
