#!/usr/bin/env node
import { runCli } from './cli/run-cli.js';
import { systemIo } from './cli/io.js';
import { endProcess, quietWarnings } from './cli/end-process.js';

quietWarnings();
endProcess(await runCli(process.argv.slice(2), systemIo()));
