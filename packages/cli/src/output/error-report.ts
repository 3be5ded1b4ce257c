import type { OrchestratorError, SerializedError } from '@master-orchestrator/errors';
import type { Output } from './output.js';

/** What `--json` prints about a failure. */
export interface ErrorDocument {
  readonly error: SerializedError & { /** Page and heading that explain the code. */ readonly docs: string };
  /** Beside the error: what the command knows, such as the id of the task. */ readonly [key: string]: unknown;
}

/**
 * Tells of a failure, once: for people on stderr, with `--json` as a document on stdout. The stack comes with `--debug`
 * alone.
 *
 * @param more - Fields beside the error in the JSON document.
 */
export function reportError(
  error: OrchestratorError,
  output: Output,
  { isDebug, more = {} }: { readonly isDebug: boolean; readonly more?: Readonly<Record<string, unknown>> },
): void {
  if (output.isJson) {
    const document: ErrorDocument = { error: { ...error.toJSON(), docs: error.docs }, ...more };
    output.json(document);
    if (isDebug) output.raw(`${stackOf(error)}\n`);
    return;
  }
  const { noteColors: colors } = output;
  const lines = [`${colors.red(error.code)} (${error.category}): ${error.message}`];
  const isPlain = error.code === 'USAGE_INVALID';
  if (!isPlain && error.advice !== undefined && !error.message.includes(error.advice)) lines.push(`  ${error.advice}`);
  const attempts = attemptsOf(error);
  if (attempts !== undefined) lines.push(`  ${attempts}`);
  if (!isPlain) lines.push(colors.dim(`  ${error.docs}`));
  if (isDebug) lines.push(stackOf(error));
  output.raw(`${lines.join('\n')}\n`);
}

/** What was tried before it was given up: `6 attempts: CONNECTION_FAILED (5 times), BREAKER_OPEN`. */
function attemptsOf({ details }: OrchestratorError): string | undefined {
  const attempts: unknown = details?.['attempts'];
  if (!Array.isArray(attempts) || attempts.length < 2) return undefined;
  const times = new Map<string, number>();
  for (const each of attempts as readonly { readonly code?: unknown }[]) {
    const code = String(each.code);
    times.set(code, (times.get(code) ?? 0) + 1);
  }
  const codes = [...times].map(([code, number]) => (number === 1 ? code : `${code} (${number} times)`));
  return `${attempts.length} attempts: ${codes.join(', ')}`;
}

/** The stack with those of its causes. */
function stackOf(error: Error): string {
  const stacks: string[] = [];
  for (let each: unknown = error; each instanceof Error && stacks.length < 5; each = each.cause) {
    stacks.push(each.stack ?? each.message);
  }
  return stacks.join('\ncaused by ');
}
