import type { Logger } from '@master-orchestrator/contracts';
import { OrchestratorError, type Redactor } from '@master-orchestrator/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiErrorOf } from '../errors/api-error.js';
import { errorBody, openaiErrorBody } from '../errors/error-body.js';
import { retryAfterSeconds, statusOf } from '../errors/status-of.js';

/** Turns failures into answers, all in one form. */
export class ErrorReplies {
  readonly #logger: Logger;
  readonly #redactor: Redactor;

  constructor(logger: Logger, redactor: Redactor) {
    this.#logger = logger;
    this.#redactor = redactor;
  }

  /** Answers with a failure. */
  readonly send = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { error, status = statusOf(error) } = apiErrorOf(thrown);
    if (status >= 500 && status !== 503) this.#log(error, request, status);
    const isOpenAi = request.url.startsWith('/v1/');
    const body = isOpenAi ? openaiErrorBody(error, request.id, status) : errorBody(error, request.id);
    const wait = retryAfterSeconds(error, status);
    if (wait !== undefined) reply.header('retry-after', wait);
    else if (status === 429) reply.header('x-should-retry', 'false'); // OpenAI's clients would come back at once
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    // A body that was not read stays in the connection: nothing may follow it.
    if (status === 413) reply.header('connection', 'close');
    reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ error: { ...body.error, message: this.#redactor.redactText(body.error.message) } }));
  };

  /** Adds the handlers of an instance. */
  attach(app: FastifyInstance): void {
    app.setErrorHandler((error, request, reply) => this.send(error, request, reply));
    app.setNotFoundHandler((request, reply) => {
      const message = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)}. GET /openapi.json tells what there is.`;
      this.send(new OrchestratorError('NOT_FOUND', message), request, reply);
    });
  }

  #log(error: OrchestratorError, request: FastifyRequest, status: number): void {
    const fields = { requestId: request.id, method: request.method, route: request.routeOptions.url, status };
    this.#logger.error({ ...fields, err: error.toJSON() }, 'a request failed');
  }
}
