import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { COMPLETION_SCRIPTS, type Shell } from '../completion/scripts.js';

/** `mao completion` */
export async function run({ output }: CommandContext, { args }: CommandInput): Promise<ExitCode> {
  const shell = args[0] as Shell;
  const script = COMPLETION_SCRIPTS[shell];
  output.result({ shell, script }, () => output.text(script));
  return EXIT_CODES.ok;
}
