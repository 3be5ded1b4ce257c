import type { AgentView } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { join } from 'node:path';
import type { Opened } from './open-orchestrator.js';

/**
 * Makes sure, before the first call, that every agent has a model it can reach: where a real model is asked for and no
 * service is configured, one block says what is missing and what to do.
 *
 * @param command - The command line that could be given instead, without `--offline`.
 * @throws OrchestratorError CREDENTIAL_MISSING
 */
export function assertCredentials({ project, isStandIn }: Opened, agents: readonly AgentView[], command: string): void {
  if (!isStandIn) return;
  const standard = project.loaded.config.models.default;
  const lines = agents.flatMap(({ name, model }) => {
    const wanted = [model ?? standard ?? []].flat().filter((each) => !/^offline(:|$)/.test(each));
    return wanted.length === 0 ? [] : [`${name} (${wanted.join(', ')})`];
  });
  if (lines.length === 0) return;
  throw new OrchestratorError('CREDENTIAL_MISSING', missingKey(lines, join(project.directory, '.env')), {
    advice: `Without a key: ${command} --offline   lets the rule-based offline model answer.`,
    details: { variables: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'], agents: lines },
  });
}

function missingKey(agents: readonly string[], dotenv: string): string {
  return [
    `No key for a model service is set, and ${agents.length === 1 ? 'an agent needs' : `${agents.length} agents need`} one.`,
    `  Agents:     ${agents.join(', ')}`,
    '  Variables:  OPENAI_API_KEY; for a compatible server OPENAI_BASE_URL, with OPENAI_API_KEY where it asks for one',
    `  Set it:     export OPENAI_API_KEY=…   or a line OPENAI_API_KEY=… in ${dotenv}`,
  ].join('\n');
}
