import type { Logger } from '@master-orchestrator/contracts';
import type { CommandContext } from '../cli/command-context.js';
import type { Project } from '../project/load-project.js';

/** Logs of a command that a person waits for: none, unless `--debug` asks for them. */
export async function commandLogger({ globals }: CommandContext, project: Project): Promise<Logger | undefined> {
  if (globals.debug !== true) return undefined;
  const { createLogger } = await import('./create-logger.js');
  return createLogger(project.loaded, { level: 'debug' });
}
