import type { CommandContext } from './command-context.js';
import type { ExitCode } from './exit-codes.js';

/** What a shell may complete in a place. */
export type CompletionSource = 'agents' | 'templates' | 'teams' | 'tools' | 'tasks' | 'waiting' | 'plugins' | 'files';

/** An argument of a command. */
export interface ArgumentSpec {
  /** In commander's form: `<id>`, `[name]`, `[words...]`. */ readonly name: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly completes?: CompletionSource;
}

/** An option of a command. */
export interface OptionSpec {
  /** In commander's form: `-p, --port <number>`; without a value it is a switch. */ readonly flags: string;
  readonly description: string;
  /** True: may be given several times; the value is a list. */ readonly isRepeatable?: boolean;
  /** What a value must be. @default 'text' */ readonly kind?: 'text' | 'integer' | 'number';
  /** Least value of a number. @default 0 */ readonly least?: number;
  readonly choices?: readonly string[];
  readonly completes?: CompletionSource;
}

/** What a command was given. */
export interface CommandInput {
  /** In the order of the command's arguments; a list where the argument takes several. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  /** By the long name in camel case. */ readonly options: Readonly<Record<string, unknown>>;
}

/** The module behind a command, loaded when it is called. */
export interface CommandModule {
  /** @returns the exit code @throws OrchestratorError, which is told once */
  run(context: CommandContext, input: CommandInput): Promise<ExitCode>;
}

/** A command as help, completion and documentation know it. Data, so that help loads nothing else. */
export interface CommandSpec {
  /** `['tasks', 'list']` */ readonly path: readonly string[];
  /** One line. */ readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Command lines that work as they stand in a new project. */ readonly examples: readonly [string, string];
  /** Which exit codes it can have beside 0 and 2. */ readonly exitCodes: readonly ExitCode[];
  /** True: the group's name alone runs this one. */ readonly isDefault?: boolean;
  load(): Promise<CommandModule>;
}

/** A word that only holds further commands. */
export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
}
