import type { PluginKind } from '@master-orchestrator/create-plugin';
import { basename, relative, resolve } from 'node:path';
import { askChoice, askText } from '../cli/ask.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { writeNewFiles, type NewFiles } from '../init/new-files.js';
import { FIRST_COMMANDS, PROJECT_TEMPLATES, projectFiles, type ProjectTemplate } from '../init/project-files.js';

interface InitFlags {
  readonly template?: ProjectTemplate;
  /** A plugin of this kind in place of a project. */ readonly plugin?: PluginKind;
  readonly name?: string;
  readonly overwrite?: boolean;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,200}$/;

/** What is to be written, and what is said about it. */
interface Plan {
  readonly folder: string;
  readonly name: string;
  readonly template: string;
  readonly files: NewFiles;
  readonly commands: readonly string[];
  /** `a project … from the template "team"`, around the place. */ readonly words: readonly [string, string];
  readonly note: string;
}

/** `mao init` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output, cwd } = context;
  const flags = options as InitFlags;
  const given = args[0] as string | undefined;
  if (flags.plugin !== undefined && flags.template !== undefined) {
    throw usageError('--plugin and --template exclude each other: a plugin is a package of its own.');
  }
  const { folder, name, template, files, commands, words, note } =
    flags.plugin === undefined
      ? await planProject(context, flags, given)
      : await planPlugin(context, flags.plugin, flags.name, given);
  await writeNewFiles(folder, files, flags.overwrite === true);
  const where = relative(cwd, folder);
  const next = [...(where === '' ? [] : [`cd ${where}`]), ...commands].slice(0, 3);
  output.result({ folder, name, template, files: [...files.keys()], next }, () => {
    output.line(`${output.colors.green('Made')} ${words[0]} in ${where === '' ? 'this folder' : where} ${words[1]}:`);
    for (const file of files.keys()) output.line(`  ${file}`);
    output.line('\nNext:');
    for (const command of next) output.line(`  ${command}`);
    output.line(`\n${note}`);
  });
  return EXIT_CODES.ok;
}

async function planProject(context: CommandContext, flags: InitFlags, given: string | undefined): Promise<Plan> {
  const folder = resolve(context.cwd, given ?? (await askFolder(context)));
  const template = flags.template ?? (await askTemplate(context));
  const name = flags.name ?? slugOf(basename(folder));
  if (!NAME.test(name)) throw usageError(`"${name}" is no name for a package. Give another one: --name my-agents.`);
  return {
    folder,
    name,
    template,
    files: projectFiles(name, template),
    commands: FIRST_COMMANDS[template],
    words: ['a project', `from the template "${template}"`],
    note: 'It runs with no key. For a real model copy .env.example to .env and set OPENAI_API_KEY.',
  };
}

/** A package of its own, as `npm create @master-orchestrator/plugin` writes it. */
async function planPlugin(
  context: CommandContext,
  kind: PluginKind,
  name: string | undefined,
  given: string | undefined,
): Promise<Plan> {
  const { PLUGIN_COMMANDS, pluginNames, pluginProject } = await import('../init/plugin-project.js');
  const names = await pluginNames(context, name, given);
  const { packageName } = names;
  return {
    folder: resolve(context.cwd, given ?? packageName.replace(/^@[^/]+\//, '')),
    name: packageName,
    template: `plugin:${kind}`,
    files: await pluginProject(kind, names),
    commands: PLUGIN_COMMANDS,
    words: [`the plugin ${packageName}`, `of the kind "${kind}"`],
    note: 'Look at it as a host does: mao plugins check . (once it is built: npm run build).',
  };
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
