import { CommanderError } from 'commander';
import { resolve } from 'node:path';
import { Output } from '../output/output.js';
import { buildProgram } from './build-program.js';
import type { CommandContext, GlobalOptions } from './command-context.js';
import type { CommandInput, CommandSpec } from './command-spec.js';
import { EXIT_CODES, exitCodeOf, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';

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
    command.exitOverride().configureOutput({
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
    if (cause instanceof CommanderError && cause.exitCode === 0) return EXIT_CODES.ok;
    return fail(cause, output, isDebug);
  }
}

async function runCommand(spec: CommandSpec, input: CommandInput, io: Io, output: Output): Promise<ExitCode> {
  const globals = input.options as unknown as GlobalOptions;
  const context: CommandContext = {
    io,
    output,
    globals,
    cwd: resolve(io.cwd, globals.cwd ?? '.'),
    isInteractive: !output.isJson && io.stdin.isTTY === true && io.stderr.isTTY,
  };
  const module = await spec.load();
  return module.run(context, input);
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
