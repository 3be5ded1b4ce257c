import type { AgentDefinition } from '@master-orchestrator/contracts';
import type { ZodType } from 'zod';
import type { AgentParameters } from './agent-parameters.js';
import { languageSection } from './language-notes.js';

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

/** Twenty minutes of running time; waiting does not count. */
const TASK_TIMEOUT_MS = 1_200_000;

/** Lays the parameters over a blueprint. */
export function buildAgent<Output = string>(
  blueprint: AgentBlueprint<Output>,
  { name, model, tools, languages, answerLanguage, focus }: AgentParameters,
): AgentDefinition<Output> {
  const { turns, outputSchema, instructions, ...head } = blueprint;
  const sections = [
    instructions.trim(),
    languageSection(languages),
    focus === undefined ? '' : `# Focus\nPay most attention to this: ${focus}`,
    answerLanguage === undefined
      ? ''
      : `# Language of the answer\nWrite your answer in ${answerLanguage}. Leave code, names of files and tools as they are.`,
  ];
  return {
    ...head,
    name: name ?? blueprint.name,
    instructions: sections.filter((text) => text !== '').join('\n\n'),
    tools: [...new Set(tools ?? blueprint.tools)],
    limits: { turns, taskTimeoutMs: TASK_TIMEOUT_MS },
    ...(model === undefined ? {} : { model }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}
