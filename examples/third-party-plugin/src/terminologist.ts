import { defineTemplate, type AgentTemplate } from '@master-orchestrator/contracts';
import { z } from 'zod';

const parameters = z.strictObject({
  audience: z.string().min(1).default('newcomers').describe('Who reads the explanations.'),
});

/** Template `terminologist`: explains terms by the glossary, and recovers with `STEADY_RETRY`. */
export function terminologistTemplate(): AgentTemplate<z.output<typeof parameters>> {
  return defineTemplate({
    name: 'terminologist',
    description: 'Explains terms as the glossary of the house has them.',
    parameters,
    example: { parameters: { audience: 'customers' }, task: 'Look up the term "backpressure".' },
    build: ({ audience }) => ({
      name: 'terminologist',
      description: 'Explains terms as the glossary of the house has them.',
      instructions: [
        `You explain terms to ${audience}. Look each term up with look_up_term before you say anything about it.`,
        'Give the meaning as the glossary has it. Where it has no entry, say so and add nothing of your own.',
      ].join('\n'),
      tools: ['look_up_term'],
      limits: { turns: 8 },
      recovery: { NETWORK_ERROR: [{ strategy: 'STEADY_RETRY', options: { attempts: 4, everyMs: 50 } }] },
    }),
  });
}
