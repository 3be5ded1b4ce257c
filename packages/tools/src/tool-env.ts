import { OrchestratorError } from '@master-orchestrator/errors';

/** What {@link createToolEnv} needs. */
export interface ToolEnvOptions {
  /** The variables there are. */ readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names that may be read; without it all. */ readonly granted?: readonly string[];
  /** Who reads, for the message: `plugin "…"`. @default 'This tool' */ readonly who?: string;
}

const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

/**
 * The environment as a tool sees it: only what was granted. Reading another variable by its usual spelling (capitals)
 * throws, so that a missing grant is not mistaken for a missing value; listing shows what was granted.
 */
export function createToolEnv(options: ToolEnvOptions): Readonly<Record<string, string>> {
  const { environment, granted, who = 'This tool' } = options;
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of granted ?? Object.keys(environment)) {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined) values[name] = value;
  }
  Object.freeze(values);
  if (granted === undefined) return values;
  return new Proxy(values, {
    get(target, name) {
      if (typeof name === 'symbol' || granted.includes(name)) return Reflect.get(target, name) as unknown;
      if (!VARIABLE.test(name)) return undefined;
      const message = `${who} may not read the environment variable ${name}: the permission "env:${name}" was not granted.`;
      throw new OrchestratorError('TOOL_FORBIDDEN', message, {
        advice: `Declare "env:${name}" in the plugin's permissions and grant it.`,
      });
    },
  });
}
