import { z } from 'zod';

const modelName = z.string().min(1);

/** Parameters that every template of this package takes. */
export const agentParameters = z.strictObject({
  name: z
    .string()
    .regex(/^[\w .-]{1,64}$/, 'A name has 1 to 64 letters, digits, blanks, "_", "." or "-".')
    .optional()
    .describe('Name of the agent. Default: the name of the template.'),
  model: z
    .union([modelName, z.array(modelName).min(1)])
    .optional()
    .describe('A model, or models in order of preference. Default: the configured one.'),
  tools: z.array(z.string().min(1)).optional().describe('Tools of the agent, instead of those of the template.'),
  answerLanguage: z
    .string()
    .min(2)
    .optional()
    .describe('Language of the answer, such as "German". Default: that of the task.'),
  focus: z.string().min(1).optional().describe('What to pay most attention to, added to the instructions.'),
});

/** Checked parameters of a template of this package. */
export type AgentParameters = z.output<typeof agentParameters>;
