import { dirname } from 'node:path';
import { parseEnv } from 'node:util';
import type { ConfigIssue } from './config-issue.js';
import { envLayer, type Environment } from './env-layer.js';
import type { Layer } from './layer.js';

const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)\s*=/;

/** Reads a `.env` file's text. Nothing is written to the process's environment. */
export function dotenvLayer(file: string, text: string): { env: Environment; layer: Layer; issues: ConfigIssue[] } {
  const env = parseEnv(text) as Environment;
  const lines = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    const name = ASSIGNMENT.exec(line)?.[1];
    if (name !== undefined) lines.set(name, index + 1);
  }
  return { env, ...envLayer(env, { kind: 'dotenv', file, directory: dirname(file), lines }) };
}
