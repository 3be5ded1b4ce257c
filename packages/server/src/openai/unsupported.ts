import { OrchestratorError } from '@master-orchestrator/errors';

/**
 * Refuses what would be ignored although it changes what the client gets.
 *
 * @throws OrchestratorError REQUEST_INVALID
 */
export function refuse(name: string, isAsked: boolean, why: string): void {
  if (isAsked) throw new OrchestratorError('REQUEST_INVALID', `"${name}" is not supported here: ${why}`);
}

/** True for a list that is there and not empty. */
export function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Why tools of a client are refused. */
export const OWN_TOOLS = 'the agent uses its own tools. Give the tools to the agent, or leave the field out.';
