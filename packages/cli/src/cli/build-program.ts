import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { version } from '../version.js';
import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from './command-spec.js';
import { COMMANDS, docsOf, DOCS_PAGE, GLOBAL_OPTIONS, GROUPS } from './commands.js';
import { EXIT_CODE_WORDS, EXIT_CODES } from './exit-codes.js';

/** Called for the command that the line names. */
export type Dispatch = (
  spec: CommandSpec,
  args: CommandArguments,
  options: Readonly<Record<string, unknown>>,
) => Promise<void>;

/** Arguments as commander gives them. */
export type CommandArguments = readonly (string | readonly string[] | undefined)[];

/** How help looks: of the program and of every command. */
const HELP = { showGlobalOptions: true, sortSubcommands: false, subcommandTerm: termOf } as const;

/** Makes the parser of the command line out of the table of commands. It loads none of them. */
export function buildProgram(dispatch: Dispatch): Command {
  const program = new Command('mao')
    .description('Set up, run, watch and operate agents on OpenAI and compatible models.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError(true)
    .configureHelp(HELP)
    .addHelpText('after', generalNotes());
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const [first = '', second] = spec.path;
    if (second === undefined) {
      attach(program.command(first), spec, dispatch);
      continue;
    }
    const group = groups.get(first) ?? groupOf(program, first);
    groups.set(first, group);
    attach(group.command(second), spec, dispatch);
  }
  return program;
}

/** A command in the list of the help: a group with what it holds, another one with what it takes. */
function termOf(command: Command): string {
  const inner = command.commands.map((each) => each.name());
  if (inner.length > 0) return `${command.name()} ${inner.join('|')}`;
  return [command.name(), ...command.registeredArguments.map((each) => argumentTerm(each))].join(' ');
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function groupOf(program: Command, name: string): Command {
  const { summary } = GROUPS.find((group) => group.name === name) as GroupSpec;
  const group = program.command(name).description(summary).helpCommand(false);
  const standard = COMMANDS.find((spec) => spec.path[0] === name && spec.isDefault === true) as CommandSpec;
  // Flags of the command it stands for come through as words.
  group.argument('[words...]').allowUnknownOption(true);
  group.configureHelp({ ...HELP, visibleArguments: () => [], commandUsage: () => `mao ${name} <command> [options]` });
  group.addHelpText(
    'after',
    `\nWithout a command it is "mao ${standard.path.join(' ')}".\nDocs: ${DOCS_PAGE}#commands`,
  );
  group.action(async (words: string[], _options: unknown, command: Command) => {
    const known = command.commands.map((each) => each.name());
    const [word] = words;
    if (word !== undefined && !word.startsWith('-'))
      command.error(await unknownWord(name, word, known), { code: 'commander.unknownCommand' });
    await command.commands[known.indexOf(standard.path[1] ?? '')]?.parseAsync(words, { from: 'user' });
  });
  return group;
}

async function unknownWord(group: string, word: string, known: readonly string[]): Promise<string> {
  const { nearest } = await import('@master-orchestrator/core');
  const near = nearest(word, known);
  const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "mao ${group} ${near}"?`;
  return `error: unknown command "${group} ${word}". ${hint}`;
}

function attach(command: Command, spec: CommandSpec, dispatch: Dispatch): void {
  // A command takes over how the help of its group looks; that is for the group alone.
  command.configureHelp(HELP).description(spec.summary).helpCommand(false).addHelpText('after', notesOf(spec));
  for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument));
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  command.action(async (...given: unknown[]) => {
    const args = given.slice(0, -2) as CommandArguments;
    await dispatch(spec, args, command.optsWithGlobals());
  });
}

function argumentOf({ name, description, choices }: ArgumentSpec): Argument {
  const argument = new Argument(name, description);
  return choices === undefined ? argument : argument.choices([...choices]);
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) return option.choices([...spec.choices]);
  if (spec.isRepeatable === true) {
    return option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  }
  if (spec.kind === undefined || spec.kind === 'text') return option;
  return option.argParser((value) => numberOf(value, spec));
}

function numberOf(text: string, { kind, least = 0 }: OptionSpec): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const fits = Number.isFinite(number) && number >= least && (kind !== 'integer' || Number.isSafeInteger(number));
  if (!fits)
    throw new InvalidArgumentError(`Give ${kind === 'integer' ? 'a whole number' : 'a number'} from ${least} on.`);
  return number;
}

function notesOf(spec: CommandSpec): string {
  const codes = [EXIT_CODES.ok, ...spec.exitCodes, EXIT_CODES.usage].toSorted((a, b) => a - b);
  const lines = ['', 'Examples:', ...spec.examples.map((example) => `  ${example}`), ''];
  lines.push(`Exit codes: ${codes.map((code) => `${code} ${EXIT_CODE_WORDS[code]}`).join(', ')}`);
  return [...lines, `Docs: ${docsOf(spec)}`].join('\n');
}

function generalNotes(): string {
  const codes = Object.entries(EXIT_CODE_WORDS).map(([code, words]) => `${code} ${words}`);
  return [
    '',
    'Examples:',
    '  mao init my-agents',
    '  mao run "Analyze the dataset [1, 2, 3, 4, 5] and generate a report"',
    '',
    `Exit codes: ${codes.join(', ')}`,
    `Docs: ${DOCS_PAGE}`,
  ].join('\n');
}
