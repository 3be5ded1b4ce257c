import type { CommandContext } from '../cli/command-context.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { table } from '../output/table.js';
import { loadProject } from '../project/load-project.js';
import { openOrchestrator } from '../project/open-orchestrator.js';

/** `mao plugins wiring` */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const project = await loadProject(context, { isMemory: true });
  const { orchestrator } = await openOrchestrator(project, { isOffline: true });
  const wiring = orchestrator.wiring();
  await orchestrator.shutdown({ drainMs: 0 });
  output.result({ wiring }, () => {
    const rows = wiring.map(({ token, source, isRebound, isResolved }) => [
      token,
      source,
      isRebound ? 'yes' : 'no',
      isResolved ? 'yes' : 'no',
    ]);
    for (const line of table(['TOKEN', 'FROM', 'REPLACED', 'USED'], rows)) output.line(line);
  });
  return EXIT_CODES.ok;
}
