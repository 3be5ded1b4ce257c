import type { CommanderError } from 'commander';

/** A command line that the parser does not take, with the command it was for. */
export class RefusedLine extends Error {
  override readonly name = 'RefusedLine';

  constructor(
    readonly reason: CommanderError,
    /** Name of the command as far as it was understood, such as `mao tasks show`. */ readonly command: string,
  ) {
    super(reason.message);
  }
}
