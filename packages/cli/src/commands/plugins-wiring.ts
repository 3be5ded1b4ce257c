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
    const rows = wiring.map((wire) => Object.values(wire).map(String));
    const head = Object.keys(wiring[0] ?? {}).map((key) => key.replaceAll(/([A-Z])/g, ' $1').toUpperCase());
    for (const line of table(head, rows)) output.line(line);
  });
  return EXIT_CODES.ok;
}
