import type { Logger } from '@master-orchestrator/contracts';
import type { Redactor } from '@master-orchestrator/errors';
import type { FastifyInstance } from 'fastify';

/** Masks secrets in answers, and writes a line for each request: never its query, headers or body. */
export function attachObservers(app: FastifyInstance, redactor: Redactor, logger: Logger): void {
  app.addHook('preSerialization', async (request, _reply, payload) =>
    request.routeOptions.config?.isRaw === true ? payload : redactor.redact(payload),
  );
  app.addHook('onResponse', async (request, reply) => {
    const { id: requestId, method, caller } = request;
    const route = request.routeOptions.url ?? 'none';
    const ms = Math.round(reply.elapsedTime);
    logger.info({ requestId, method, route, status: reply.statusCode, ms, caller: caller?.id }, 'request');
  });
}
