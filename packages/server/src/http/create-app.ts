import type { OrchestratorConfig } from '@master-orchestrator/config';
import type { Logger } from '@master-orchestrator/contracts';
import type { Redactor } from '@master-orchestrator/errors';
import fastify, { type FastifyInstance } from 'fastify';
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
}

/** A fastify instance with our forms of bodies, errors and ids, and no route yet. */
export function createApp({ config, logger, redactor, random }: AppParts): FastifyInstance {
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
    frameworkErrors: (error, request, reply) => replies.send(error, request, reply),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, newRequestId(random)),
  });
  acceptJsonOnly(app);
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  replies.attach(app);
  return app;
}
