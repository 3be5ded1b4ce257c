import type { AgentDefinition } from '@master-orchestrator/contracts';
import type { ZodType } from 'zod';
import type { AgentParameters } from './agent-parameters.js';

/** What a template fixes; the rest follows from the parameters. */
export interface AgentBlueprint<Output> {
  readonly name: string;
  readonly description: string;
  readonly role: string;
  readonly instructions: string;
  readonly tools: readonly string[];
  readonly turns: number;
  readonly outputSchema?: ZodType<Output>;
}

/** Ten minutes of running time; waiting does not count. */
const TASK_TIMEOUT_MS = 600_000;

/** Lays the parameters over a blueprint. */
export function buildAgent<Output = string>(
  blueprint: AgentBlueprint<Output>,
  { name, model, tools, answerLanguage, focus }: AgentParameters,
): AgentDefinition<Output> {
  const { turns, outputSchema, instructions, ...head } = blueprint;
  const additions = [
    focus === undefined ? '' : `# Focus\nPay most attention to this: ${focus}`,
    answerLanguage === undefined
      ? ''
      : `# Language\nWrite your answer in ${answerLanguage}. Leave names of columns, files and tools as they are.`,
  ].filter((text) => text !== '');
  return {
    ...head,
    name: name ?? blueprint.name,
    instructions: [instructions.trim(), ...additions].join('\n\n'),
    tools: [...new Set(tools ?? blueprint.tools)],
    limits: { turns, taskTimeoutMs: TASK_TIMEOUT_MS },
    ...(model === undefined ? {} : { model }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}
