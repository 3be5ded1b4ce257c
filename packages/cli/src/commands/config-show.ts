import { explain, type ConfigLine } from '@master-orchestrator/config';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { excerpt } from '../output/format.js';
import { table } from '../output/table.js';
import { loadProject } from '../project/load-project.js';

/** `mao config show` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const { loaded } = await loadProject(context);
  const isChanged = options['changed'] === true;
  const path = args[0] as string | undefined;
  const lines = explain(loaded)
    .filter((line) => path === undefined || isBelow(line.path, path))
    .filter((line) => !isChanged || line.source.kind !== 'default' || line.source.name !== undefined);
  if (path !== undefined && lines.length === 0 && !isChanged) throw await unknownPath(path, explain(loaded));
  const document = {
    files: loaded.files,
    settings: lines.map(({ value, ...line }) => ({ ...line, value: value ?? null })),
  };
  output.result(document, () => {
    const { project, user, dotenv } = loaded.files;
    const files = [project, user, dotenv].filter((file) => file !== undefined);
    output.note(
      files.length === 0
        ? `No configuration file, from ${loaded.files.directory} upward.`
        : `Read: ${files.join(', ')}`,
    );
    const withSource = options['sources'] === true;
    const rows = lines.map(({ path: setting, value, origin }) => [
      setting,
      words(value),
      ...(withSource ? [origin] : []),
    ]);
    for (const line of table(['SETTING', 'VALUE', ...(withSource ? ['FROM'] : [])], rows)) output.line(line);
  });
  return EXIT_CODES.ok;
}

function isBelow(path: string, start: string): boolean {
  return path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`);
}

function words(value: unknown): string {
  return value === undefined ? 'unset' : excerpt(typeof value === 'string' ? value : JSON.stringify(value), 60);
}

async function unknownPath(path: string, lines: readonly ConfigLine[]): Promise<Error> {
  const { nearest } = await import('@master-orchestrator/core');
  const sections = lines.map((line) => line.path.split('.')[0] ?? '');
  const near = nearest(path, new Set([...sections, ...lines.map((line) => line.path)]));
  const hint = near === undefined ? `Known: ${[...new Set(sections)].join(', ')}.` : `Did you mean "${near}"?`;
  return usageError(`There is no setting "${path}". ${hint}`);
}
