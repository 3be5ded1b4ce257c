import { usageError } from '../cli/command-context.js';
import type { PluginSettings } from './bundled-plugins.js';

/**
 * The object that `--settings` gives as JSON.
 *
 * @throws OrchestratorError USAGE_INVALID
 */
export function readSettings(text: string): PluginSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw usageError(`--settings takes a JSON object, such as '{"timeoutMs":5000}': ${(cause as Error).message}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PluginSettings;
  throw usageError(`--settings takes a JSON object, such as '{"timeoutMs":5000}', and was given ${text}.`);
}
