import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PLUGIN_KINDS, pluginFiles, type PluginFiles, type PluginKind } from './plugin-files.js';
import { namesOf, type PluginNames } from './plugin-names.js';

/** Where the command runs and speaks. */
export interface CreateIo {
  readonly cwd: string;
  /** True: it may ask. */ readonly isInteractive: boolean;
  print(line: string): void;
  complain(line: string): void;
}

interface Flags {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly help?: boolean | undefined;
}

/** A mistake of the person at the keyboard: told in one line, ends with 2. */
class UsageError extends Error {}

const HELP = `npm create @master-orchestrator/plugin@latest [folder] -- [options]

Writes a plugin package that builds, passes its conformance suite and is ready to be published.

Options:
  --kind <kind>   ${Object.keys(PLUGIN_KINDS).join(', ')}
  --name <name>   such as weather, mao-plugin-weather or @acme/mao-plugin-weather
  --overwrite     replace files that are there
  --help

Examples:
  npm create @master-orchestrator/plugin@latest
  npm create @master-orchestrator/plugin@latest weather -- --kind tools --name weather

Exit codes: 0 ok, 2 usage.`;

/**
 * Runs the command.
 *
 * @param argv - The words behind its name.
 * @returns the exit code: 0, or 2 where something was asked for that cannot be
 */
export async function runCreatePlugin(argv: readonly string[], io: CreateIo): Promise<number> {
  try {
    return await create(argv, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.complain(error.message);
    return 2;
  }
}

async function create(argv: readonly string[], io: CreateIo): Promise<number> {
  const { flags, folder: given } = read(argv);
  if (flags.help === true) {
    io.print(HELP);
    return 0;
  }
  const kind = await kindFrom(flags, io);
  const names = await namesFrom(flags, given, io);
  const folder = resolve(io.cwd, given ?? names.packageName.replace(/^@[^/]+\//, ''));
  const files = await pluginFiles(kind, names);
  if (flags.overwrite !== true) await refuseClashes(folder, files);
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const where = relative(io.cwd, folder);
  io.print(`Made ${names.packageName} in ${where === '' ? 'this folder' : where}: ${PLUGIN_KINDS[kind]}.`);
  for (const path of files.keys()) io.print(`  ${path}`);
  io.print('\nNext:');
  for (const line of [...(where === '' ? [] : [`cd ${where}`]), 'npm install', 'npm test']) io.print(`  ${line}`);
  return 0;
}

function read(argv: readonly string[]): { readonly flags: Flags; readonly folder: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        kind: { type: 'string' },
        name: { type: 'string' },
        overwrite: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (positionals.length > 1) throw new UsageError(`One folder, please, not ${positionals.length}. See --help.`);
    return { flags: values, folder: positionals[0] };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. See --help.`);
  }
}

async function kindFrom({ kind }: Flags, io: CreateIo): Promise<PluginKind> {
  if (kind !== undefined) {
    if (isKind(kind)) return kind;
    throw new UsageError(`There is no kind "${kind}". Known: ${Object.keys(PLUGIN_KINDS).join(', ')}.`);
  }
  if (!io.isInteractive) throw new UsageError(`Say what it is about: --kind ${Object.keys(PLUGIN_KINDS).join('|')}.`);
  const { isCancel, select } = await import('@clack/prompts');
  const options = Object.entries(PLUGIN_KINDS).map(([value, hint]) => ({ value: value as PluginKind, hint }));
  const answer = await select({ message: 'What is the plugin about?', options });
  if (isCancel(answer)) throw new UsageError('Nothing was written.');
  return answer;
}

function isKind(kind: string): kind is PluginKind {
  return Object.hasOwn(PLUGIN_KINDS, kind);
}

async function namesFrom(flags: Flags, folder: string | undefined, io: CreateIo): Promise<PluginNames> {
  const given = flags.name ?? (io.isInteractive ? await askName(folder) : lastPart(folder));
  if (given === undefined) throw new UsageError('Say what it is called: --name weather.');
  const names = namesOf(given);
  if (names !== undefined) return names;
  throw new UsageError(
    `"${given}" is no name for a plugin. Use small letters, digits and "-", such as --name weather.`,
  );
}

async function askName(folder: string | undefined): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts');
  const initialValue = lastPart(folder);
  const answer = await text({
    message: 'What is it called?',
    placeholder: 'weather',
    ...(initialValue === undefined ? {} : { initialValue }),
    validate: (value) => (namesOf(value ?? '') === undefined ? 'Small letters, digits and "-".' : undefined),
  });
  if (isCancel(answer)) throw new UsageError('Nothing was written.');
  return answer;
}

function lastPart(folder: string | undefined): string | undefined {
  return folder?.split(/[\\/]/).findLast((part) => part !== '' && part !== '.' && part !== '..');
}

async function refuseClashes(folder: string, files: PluginFiles): Promise<void> {
  const clashing: string[] = [];
  for (const path of files.keys()) if (await isThere(join(folder, path))) clashing.push(path);
  if (clashing.length === 0) return;
  throw new UsageError(
    `These files are there already: ${clashing.join(', ')}. Choose another folder, or --overwrite. Nothing was written.`,
  );
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
