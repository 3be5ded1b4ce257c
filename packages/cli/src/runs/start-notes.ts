import type { CommandContext } from '../cli/command-context.js';
import { count } from '../output/format.js';
import type { Opened } from '../project/open-orchestrator.js';

/** Says which plugins are missing, and that the offline model stands in where nobody chose it. */
export function tellWithout({ output }: CommandContext, { isStandIn, orchestrator }: Opened): void {
  for (const { name, status, reason } of orchestrator.plugins.list())
    if (status === 'disabled') output.note(`Goes on without the plugin "${name}": ${reason ?? 'it is disabled'}`);
  if (!isStandIn) return;
  output.note(
    'No model is configured: the rule-based offline model stands in. For a real one set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server.',
  );
}

/** Says that unfinished tasks of earlier commands go on beside the new one, where there are any. */
export async function tellLeftOver({ output }: CommandContext, { orchestrator, isDurable }: Opened): Promise<void> {
  if (!isDurable) return;
  const { items } = await orchestrator.engine.list({ phases: ['ready', 'running'], limit: 100 });
  const roots = items.filter(({ id }) => !id.includes('.'));
  const [first, ...others] = roots;
  if (first === undefined) return;
  output.note(
    `${count(roots.length, 'unfinished task')} of the store may go on beside it ("mao tasks list"; "mao tasks cancel ${others.length === 0 ? first.id : '<id>'}" ends one).`,
  );
}
