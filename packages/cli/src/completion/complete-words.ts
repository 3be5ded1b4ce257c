import { COMMANDS, GLOBAL_OPTIONS, GROUPS } from '../cli/commands.js';
import type { ArgumentSpec, CommandSpec, CompletionSource, OptionSpec } from '../cli/command-spec.js';

/** Stands for a word that has not been begun, for shells that drop empty arguments. */
const EMPTY_WORD = ':empty';

/**
 * What may stand in the place of the last word of a command line.
 *
 * @param words - The words behind `mao`; the last one is being typed and may be empty.
 * @param cwd - Folder whose project gives names of agents and ids of tasks.
 * @returns fitting words; `:files` where the shell should offer files
 */
export async function completeWords(words: readonly string[], cwd: string): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const typed = last === EMPTY_WORD ? '' : last;
  const before = words.slice(0, -1);
  const { spec, rest } = commandOf(before);
  const option = openOption(spec, before);
  if (option !== undefined) return fitting(await valuesOf(option, cwd), typed);
  if (typed.startsWith('-')) return fitting(flagsOf(spec), typed);
  if (spec === undefined) return fitting(nextWords(before), typed);
  const argument = argumentAt(spec, positionals(spec, rest));
  return argument === undefined ? [] : fitting(await valuesOf(argument, cwd), typed);
}

/** The command that the words name, and the words behind its name. */
function commandOf(words: readonly string[]): { readonly spec?: CommandSpec; readonly rest: readonly string[] } {
  const names = words.filter((word) => !word.startsWith('-'));
  const spec =
    COMMANDS.find(({ path }) => path.length === 2 && path.every((part, index) => names[index] === part)) ??
    COMMANDS.find(({ path }) => path.length === 1 && path[0] === names[0]);
  if (spec === undefined) return { rest: words };
  const last = words.indexOf(spec.path.at(-1) as string, spec.path.length - 1);
  return { spec, rest: words.slice(last + 1) };
}

function nextWords(before: readonly string[]): string[] {
  const [first] = before.filter((word) => !word.startsWith('-'));
  if (first === undefined) {
    return [...new Set(COMMANDS.map(({ path }) => path[0] ?? '')), 'help'];
  }
  if (first === 'help') return COMMANDS.map(({ path }) => path[0] ?? '');
  if (!GROUPS.some(({ name }) => name === first)) return [];
  return COMMANDS.filter(({ path }) => path[0] === first).map(({ path }) => path[1] ?? '');
}

/** The option whose value is being typed. */
function openOption(spec: CommandSpec | undefined, before: readonly string[]): OptionSpec | undefined {
  const last = before.at(-1);
  if (last === undefined || !last.startsWith('-')) return undefined;
  return optionsOf(spec).find((option) => takesValue(option) && namesOf(option).includes(last));
}

function positionals(spec: CommandSpec, rest: readonly string[]): number {
  let found = 0;
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? '';
    if (!word.startsWith('-')) found += 1;
    else if (optionsOf(spec).some((option) => takesValue(option) && namesOf(option).includes(word))) index += 1;
  }
  return found;
}

function argumentAt({ arguments: list = [] }: CommandSpec, index: number): ArgumentSpec | undefined {
  const last = list.at(-1);
  return list[index] ?? (last?.name.includes('...') === true ? last : undefined);
}

function optionsOf(spec: CommandSpec | undefined): readonly OptionSpec[] {
  return [...(spec?.options ?? []), ...GLOBAL_OPTIONS];
}

function flagsOf(spec: CommandSpec | undefined): string[] {
  return [...optionsOf(spec).flatMap((option) => namesOf(option).filter((name) => name.startsWith('--'))), '--help'];
}

function namesOf({ flags }: OptionSpec): string[] {
  return flags.split(/[ ,]+/).filter((part) => part.startsWith('-'));
}

function takesValue({ flags }: OptionSpec): boolean {
  return flags.includes('<');
}

async function valuesOf(
  { choices, completes }: { readonly choices?: readonly string[]; readonly completes?: CompletionSource },
  cwd: string,
): Promise<readonly string[]> {
  if (choices !== undefined) return choices;
  if (completes === undefined) return [];
  if (completes === 'files') return [':files'];
  const { projectNames } = await import('./project-names.js');
  return projectNames(completes, cwd).catch(() => []);
}

function fitting(words: readonly string[], typed: string): string[] {
  return [...new Set(words)].filter((word) => word.startsWith(typed) || word === ':files');
}
