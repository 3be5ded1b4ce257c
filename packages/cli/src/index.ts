export { runCli } from './cli/run-cli.js';
export { systemIo, type Io, type OutStream } from './cli/io.js';
export { EXIT_CODES, EXIT_CODE_WORDS, exitCodeOf, type ExitCode } from './cli/exit-codes.js';
