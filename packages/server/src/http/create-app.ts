import type { OrchestratorConfig } from '@master-orchestrator/config';
import type { Logger } from '@master-orchestrator/contracts';
import type { Redactor } from '@master-orchestrator/errors';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { RandomBytes } from '../auth/api-key-text.js';
import { answerBrokenRequest } from './broken-requests.js';
import { compileValidator } from './compile-validator.js';
import { ErrorReplies } from './error-replies.js';
import { acceptJsonOnly } from './json-body.js';
import { newRequestId, requestIds } from './request-id.js';

/** Time for a whole request to arrive, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
const LONGEST_PARAM = 1_024;

/** Collaborators of {@link createApp}. */
export interface AppParts {
  readonly config: OrchestratorConfig;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly random: RandomBytes;
  /** What every request must pass; asked here for those whose path no route can be looked up for. */
  readonly admit: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

/** A fastify instance with our forms of bodies, errors and ids, and no route yet. */
export function createApp({ config, logger, redactor, random, admit }: AppParts): FastifyInstance {
  const replies = new ErrorReplies(logger, redactor);
  const app = fastify({
    logger: false,
    bodyLimit: config.server.bodyBytes,
    trustProxy: config.server.trustProxy,
    genReqId: requestIds(random),
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: LONGEST_PARAM },
    // These come before any hook: without a key even a malformed path is answered 401.
    frameworkErrors: (error, request, reply) => {
      admit(request, reply).then(
        () => replies.send(error, request, reply),
        (refusal: unknown) => replies.send(refusal, request, reply),
      );
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, newRequestId(random)),
  });
  acceptJsonOnly(app);
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  replies.attach(app);
  return app;
}
