import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { route, type Route } from '../http/route.js';
import { MetricsText } from '../metrics-text.js';
import type { Services } from '../services.js';

const statusSchema = z.object({ status: z.enum(['ok', 'degraded', 'down']) });

const healthSchema = statusSchema.extend({
  parts: z.array(
    z.looseObject({
      name: z.string(),
      isCritical: z.boolean(),
      status: z.enum(['ok', 'degraded', 'down']),
      message: z.string().optional(),
    }),
  ),
});

/** Probes and metrics. They are not counted against anybody's rate. */
export function healthRoutes(services: Services): Route[] {
  const { health } = services;
  const tag = 'health';
  return [
    route({
      method: 'GET',
      path: '/livez',
      operationId: 'getLiveness',
      tag,
      summary: 'Whether the process answers at all',
      scope: 'public',
      isLimited: false,
      answers: { 200: statusSchema },
      handle: async () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      operationId: 'getReadiness',
      tag,
      summary: 'Whether the server can do its work: store, models, disk, queue',
      description: '503 while anything critical is down, and from the first moment of a shutdown on.',
      scope: 'public',
      isLimited: false,
      answers: { 200: statusSchema, 503: statusSchema },
      handle: async ({ reply }) => {
        const { status } = await health.read();
        if (status === 'down') reply.code(503).header('retry-after', 1);
        return { status };
      },
    }),
    route({
      method: 'GET',
      path: '/health',
      operationId: 'getHealth',
      tag,
      summary: 'How every part is',
      scope: 'read',
      isLimited: false,
      answers: { 200: healthSchema, 503: healthSchema },
      handle: async ({ reply }) => {
        const report = await health.read();
        if (report.status === 'down') reply.code(503).header('retry-after', 1);
        return report;
      },
    }),
    metricsRoute(services),
  ];
}

function metricsRoute({ orchestrator, config, clock, redactor }: Services): Route {
  const texts = new MetricsText({ orchestrator, clock, redactor });
  return route({
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'health',
    summary: 'The text of every metrics plugin',
    description: 'A plugin that throws, or takes longer than 3 s, is missing; a comment says so.',
    scope: 'read',
    isLimited: false,
    answers: { 200: 'text/plain' },
    handle: async ({ reply }) => {
      const { enabled, prometheus } = config.metrics;
      const found = enabled && prometheus ? orchestrator.plugins.contributions('metrics') : [];
      const first = found[0];
      if (first === undefined) {
        throw new OrchestratorError(
          'NOT_FOUND',
          'There are no metrics. Add a plugin that brings them, and leave metrics.enabled and metrics.prometheus on.',
        );
      }
      return reply.type(first.value.contentType).send(await texts.render(found));
    },
  });
}
