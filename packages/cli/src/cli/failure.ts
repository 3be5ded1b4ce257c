import { classify, OrchestratorError } from '@master-orchestrator/errors';
import { portTaken } from '../serving/server-note.js';
import { usageError } from './command-context.js';
import { RefusedLine } from './refused-line.js';

/** What was thrown, as an error of ours, and whether an address was taken. */
export function failureOf(cause: unknown): { readonly error: OrchestratorError; readonly isPortTaken: boolean } {
  if (cause instanceof RefusedLine) return { error: usageOf(cause), isPortTaken: false };
  return { error: classify(cause), isPortTaken: portTaken(cause) };
}

/** Commander's own words, without its prefix and as sentences. */
function usageOf({ message, command }: RefusedLine): OrchestratorError {
  const [first = '', ...more] = message
    .replace(/^error: /, '')
    .split('\n')
    .map((line) => line.trim().replace(/^\((.*)\)$/, '$1'))
    .filter((line) => line !== '');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  return usageError(
    [/[.?]$/.test(sentence) ? sentence : `${sentence}.`, ...more, `See "${command} --help".`].join(' '),
  );
}
