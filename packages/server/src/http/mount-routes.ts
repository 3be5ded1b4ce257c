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
  response['default'] = { description: 'Any failure.', content: { 'application/json': { schema: errorBodySchema } } };
  return {
    tags: [route.tag],
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(scope === 'public' ? { security: [] } : {}),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response,
  };
}

function responseOf(shape: AnswerShape): unknown {
  if (shape === 'none') return { description: 'Done; no body.', content: {} };
  if (typeof shape !== 'string') return described('The answer.', 'application/json', shape);
  return described(shape === 'text/event-stream' ? 'A stream of events.' : 'Text.', shape, TEXT);
}

function described(description: string, mediaType: string, schema: ZodType): unknown {
  return { description, content: { [mediaType]: { schema } } };
}

const TEXT = z.string();
