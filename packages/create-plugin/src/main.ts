#!/usr/bin/env node
import { runCreatePlugin } from './run-create-plugin.js';

process.exitCode = await runCreatePlugin(process.argv.slice(2), {
  cwd: process.cwd(),
  isInteractive: process.stdin.isTTY && process.stdout.isTTY,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
});
