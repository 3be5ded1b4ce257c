import type { PlainObject } from './internal/plain-object.js';

/** The places a value can come from, the weakest first. */
export const SOURCE_KINDS = [
  'default',
  'profile',
  'user-file',
  'project-file',
  'dotenv',
  'environment',
  'code',
  'flag',
] as const;

/** One of {@link SOURCE_KINDS}. */
export type ConfigSourceKind = (typeof SOURCE_KINDS)[number];

/** Where a value came from. */
export interface ConfigSource {
  readonly kind: ConfigSourceKind;
  /** Profile, environment variable or flag. */ readonly name?: string;
  /** Absolute path; files and `.env`. */ readonly file?: string;
  /** From 1. */ readonly line?: number;
  /** From 1. */ readonly column?: number;
}

/** What one source says, with the way back to the place where it says it. */
export interface Layer {
  readonly kind: ConfigSourceKind;
  /** Own keys only; nothing in it has been checked yet. */ readonly values: PlainObject;
  /** Folder that `file:` references are relative to. @default the current folder */ readonly directory?: string;
  /** The place of a key (for an unknown one) or of its value. */
  locate(path: readonly (string | number)[], what: 'key' | 'value'): ConfigSource;
}

/** A layer whose values stand in no particular place. */
export function plainLayer(kind: ConfigSourceKind, values: unknown, name?: string): Layer {
  const source: ConfigSource = name === undefined ? { kind } : { kind, name };
  return { kind, values: (values ?? {}) as PlainObject, locate: () => source };
}

/** Says a source in words: `mao.config.yaml:3:5`, `OPENAI_API_KEY in /app/.env:2`, `profile production`. */
export function sourceWords({ kind, name, file, line, column }: ConfigSource): string {
  const place = file === undefined ? undefined : [file, line, column].filter((part) => part !== undefined).join(':');
  const words: Readonly<Record<ConfigSourceKind, string>> = {
    default: name === undefined ? 'default' : `default of ${name}`,
    profile: name === undefined ? 'profile' : `profile ${name}`,
    'user-file': place ?? 'user file',
    'project-file': place ?? 'project file',
    dotenv: name === undefined ? (place ?? '.env') : `${name} in ${place ?? '.env'}`,
    environment: name === undefined ? 'environment' : `environment variable ${name}`,
    code: 'code',
    flag: name === undefined ? 'flag' : `flag ${name}`,
  };
  return words[kind];
}
