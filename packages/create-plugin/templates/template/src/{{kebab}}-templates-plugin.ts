import { defineTemplate, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { version } from './version.js';

/** Adds the template `{{kebab}}`. */
export function {{camel}}TemplatesPlugin(): PluginV1 {
  const template = defineTemplate({
    name: '{{kebab}}',
    version: '1.0.0',
    description: 'Answers questions about one subject, briefly or at length.',
    parameters: z.object({
      subject: z.string().min(2).max(100).default('everyday things').describe('What it knows about.'),
      style: z.enum(['brief', 'thorough']).default('brief').describe('How long its answers are.'),
    }),
    build: ({ subject, style }) => ({
      name: `{{kebab}}-${style}`,
      description: `Knows about ${subject}.`,
      instructions: [
        `You answer questions about ${subject}.`,
        style === 'brief' ? 'Answer in at most three sentences.' : 'Answer in full, with what your answer rests on.',
        'Say so where you do not know something; make nothing up.',
      ].join('\n'),
      limits: { turns: 8 },
    }),
  });
  return { specificationVersion: 'v1', name: '{{package}}', version, contributes: { templates: [template] } };
}
