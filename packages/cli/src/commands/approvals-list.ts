import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { ago } from '../output/format.js';
import type { Output } from '../output/output.js';
import { loadProject } from '../project/load-project.js';
import { openStore } from '../project/open-orchestrator.js';
import { answerCommand, waitingDocument, waitingItems, waitingLines, type WaitingItem } from '../runs/waiting-item.js';

/** `mao approvals list` */
export async function run(context: CommandContext, { options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const orchestrator = await openStore(await loadProject(context));
  const items =
    orchestrator === undefined ? [] : await waitingItems(orchestrator, options['all'] === true ? 'all' : 'open');
  await orchestrator?.shutdown({ drainMs: 0 });
  output.result({ waiting: items.map(waitingDocument) }, () => {
    if (items.length === 0) output.note('Nothing waits for a person.');
    for (const item of items) print(output, item);
  });
  return EXIT_CODES.ok;
}

function print(output: Output, item: WaitingItem): void {
  const { colors } = output;
  const { id, taskId, requestedAt, status, answer } = item.record;
  output.line(
    `${colors.bold(id)}  ${status === 'open' ? colors.yellow(status) : status}  ${ago(requestedAt, Date.now())}`,
  );
  for (const line of waitingLines(item)) output.line(`  ${line}`);
  output.line(`  task       ${taskId}`);
  if (answer === undefined) output.line(colors.dim(`  answer it: ${answerCommand(item)}`));
  else {
    const what = 'decision' in answer ? answer.decision : answer.action;
    output.line(`  answered   ${what} by ${answer.by}${answer.note === undefined ? '' : `: ${answer.note}`}`);
  }
}
