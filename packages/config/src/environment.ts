import type { Environment } from './env-layer.js';
import { isPlainObject } from './internal/plain-object.js';
import type { OrchestratorConfig } from './schema/config-schema.js';
import { Secret } from './secret.js';

/**
 * The environment variables of these names that are set, and no others. For handing on what an operator granted.
 *
 * @param names - Which ones.
 * @param env - Variables by name. Default: the process's.
 */
export function readEnvironment(names: readonly string[], env: Environment = process.env): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The values of all secrets of a configuration, for a redactor that looks for them. Keep the answer out of logs. */
export function secretValues(config: OrchestratorConfig): string[] {
  return [...new Set(secretsIn(config))];
}

function* secretsIn(value: unknown): Generator<string> {
  if (Secret.isInstance(value)) yield value.reveal();
  else if (Array.isArray(value)) for (const item of value) yield* secretsIn(item);
  else if (isPlainObject(value)) for (const item of Object.values(value)) yield* secretsIn(item);
}
