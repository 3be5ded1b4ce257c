import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Output } from '../output/output.js';
import { buildProgram } from './build-program.js';
import type { CommandContext, GlobalOptions } from './command-context.js';
import type { CommandInput, CommandSpec } from './command-spec.js';
import { EXIT_CODES, exitCodeOf, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { isNodeTooOld, LOWEST_NODE } from './node-version.js';
import { RefusedLine } from './refused-line.js';

/**
 * Runs one command line.
 *
 * @param argv - The words behind `mao`.
 * @returns the exit code; nothing is thrown
 */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const output = new Output(io, { isJson: own.includes('--json'), wantsColor: !own.includes('--no-color') });
  const isDebug = own.includes('--debug');
  if (argv[0] === '__complete') return complete(argv.slice(1), io);
  let exitCode: ExitCode = EXIT_CODES.ok;
  const program = buildProgram(async (spec, args, options) => {
    exitCode = await runCommand(spec, { args, options }, io, output);
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.exitOverride((reason) => {
      throw new RefusedLine(reason, nameOf(command));
    });
    command.configureOutput({
      writeOut: (text) => output.text(text),
      writeErr: () => undefined,
      getOutHasColors: () => output.colors.isOn,
      getErrHasColors: () => output.noteColors.isOn,
    });
  }
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (cause) {
    if (cause instanceof RefusedLine && cause.reason.exitCode === 0) return EXIT_CODES.ok;
    return fail(cause, output, isDebug);
  }
}

async function runCommand(spec: CommandSpec, input: CommandInput, io: Io, output: Output): Promise<ExitCode> {
  const globals = input.options as unknown as GlobalOptions;
  const context: CommandContext = {
    io,
    output,
    globals,
    cwd: await workingFolder(io.cwd, globals.cwd),
    isInteractive: !output.isJson && io.stdin.isTTY === true && io.stderr.isTTY === true,
  };
  if (isNodeTooOld(io.nodeVersion) && spec.path[0] !== 'doctor') throw await oldNode(io.nodeVersion);
  const module = await spec.load();
  return module.run(context, input);
}

/** `mao tasks show` for the command `show` of `tasks`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

async function oldNode(version: string): Promise<Error> {
  const { OrchestratorError } = await import('@master-orchestrator/errors');
  const wanted = `${LOWEST_NODE.major}.${LOWEST_NODE.minor}`;
  return new OrchestratorError('STARTUP_FAILED', `mao needs Node.js ${wanted} or newer, and this is ${version}.`, {
    advice: 'Install a newer Node.js; 24 is a good choice.',
  });
}

/** The folder that `--cwd` names, else the one the command was started in. */
async function workingFolder(start: string, given: string | undefined): Promise<string> {
  if (given === undefined) return start;
  const folder = resolve(start, given);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return folder;
  const { usageError } = await import('./command-context.js');
  throw usageError(`--cwd takes a folder that is there, and "${given}" is none.`);
}

/** Tells what went wrong, once, and gives its exit code. */
async function fail(cause: unknown, output: Output, isDebug: boolean): Promise<ExitCode> {
  const [{ failureOf }, { reportError }] = await Promise.all([
    import('./failure.js'),
    import('../output/error-report.js'),
  ]);
  const { error, isPortTaken } = failureOf(cause);
  reportError(error, output, { isDebug });
  return exitCodeOf(error.code, isPortTaken);
}

async function complete(words: readonly string[], io: Io): Promise<ExitCode> {
  const { completeWords } = await import('../completion/complete-words.js');
  for (const word of await completeWords(words, io.cwd)) io.stdout.write(`${word}\n`);
  return EXIT_CODES.ok;
}
