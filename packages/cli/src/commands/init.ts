import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { askChoice, askText } from '../cli/ask.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import {
  FIRST_COMMANDS,
  PROJECT_TEMPLATES,
  projectFiles,
  type ProjectFiles,
  type ProjectTemplate,
} from '../init/project-files.js';

interface InitFlags {
  readonly template?: ProjectTemplate;
  readonly name?: string;
  readonly overwrite?: boolean;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,200}$/;

/** `mao init` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output, cwd } = context;
  const flags = options as InitFlags;
  const folder = resolve(cwd, (args[0] as string | undefined) ?? (await askFolder(context)));
  const template = flags.template ?? (await askTemplate(context));
  const name = flags.name ?? slugOf(basename(folder));
  if (!NAME.test(name)) throw usageError(`"${name}" is no name for a package. Give another one: --name my-agents.`);
  const files = projectFiles(name, template);
  if (flags.overwrite !== true) await refuseClashes(folder, files);
  await write(folder, files);
  const where = relative(cwd, folder);
  const next = [...(where === '' ? [] : [`cd ${where}`]), ...FIRST_COMMANDS[template]].slice(0, 3);
  output.result({ folder, name, template, files: [...files.keys()], next }, () => {
    output.line(
      `${output.colors.green('Made')} a project in ${where === '' ? 'this folder' : where} from the template "${template}":`,
    );
    for (const file of files.keys()) output.line(`  ${file}`);
    output.line('\nNext:');
    for (const command of next) output.line(`  ${command}`);
    output.line('\nIt runs with no key. For a real model copy .env.example to .env and set OPENAI_API_KEY.');
  });
  return EXIT_CODES.ok;
}

/** Nothing is written where a file would be replaced. */
async function refuseClashes(folder: string, files: ProjectFiles): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts !== undefined && !facts.isDirectory())
    throw usageError(`${folder} is there already and is no folder. Name another one.`);
  const there = await Promise.all(
    [...files.keys()].map(async (file) =>
      (await stat(join(folder, file)).catch(() => undefined)) === undefined ? [] : [file],
    ),
  );
  const clashing = there.flat();
  if (clashing.length === 0) return;
  throw usageError(
    `${folder} already has ${clashing.join(', ')}. Nothing was written. Name another folder, or replace them with --overwrite.`,
  );
}

async function write(folder: string, files: ProjectFiles): Promise<void> {
  for (const [file, content] of files) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

async function askFolder({ io, isInteractive }: CommandContext): Promise<string> {
  if (!isInteractive) return '.';
  const answer = await askText(io, 'Where?', '.');
  if (answer === undefined) throw usageError('Nothing was written.');
  return answer === '' ? '.' : answer;
}

async function askTemplate({ io, isInteractive }: CommandContext): Promise<ProjectTemplate> {
  if (!isInteractive) return 'assistant';
  const names = Object.keys(PROJECT_TEMPLATES) as ProjectTemplate[];
  const choices = names.map((value) => ({ value, label: value, hint: PROJECT_TEMPLATES[value] }));
  const answer = await askChoice(io, 'What to start from?', choices);
  if (answer === undefined) throw usageError('Nothing was written.');
  return answer;
}

function slugOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[^a-z0-9]+|-+$/g, '') || 'my-agents'
  );
}
