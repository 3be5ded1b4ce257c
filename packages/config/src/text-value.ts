import type { SettingKind } from './schema-setting.js';
import type { ConfigSetting } from './settings.js';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const YES = new Set(['true', '1', 'yes', 'on']);
const NO = new Set(['false', '0', 'no', 'off']);

/**
 * Reads the text of a variable or flag as its setting's kind: numbers in decimal; `true`, `1`, `yes`, `on` and their
 * opposites in any case; lists as JSON or separated by commas; records as JSON. A text that cannot be read stays as it
 * is, for the check to refuse.
 */
export function readText({ kind, choices }: Pick<ConfigSetting, 'kind' | 'choices'>, text: string): unknown {
  return READERS[kind](text.trim(), choices ?? []);
}

type Reader = (text: string, choices: readonly string[]) => unknown;

const READERS: Readonly<Record<SettingKind, Reader>> = {
  number: (text) => (NUMBER.test(text) ? Number(text) : text),
  boolean: (text) => (YES.has(text.toLowerCase()) ? true : NO.has(text.toLowerCase()) ? false : text),
  choice: (text, choices) => choices.find((choice) => choice === text.toLowerCase()) ?? text,
  list: (text) => (text.startsWith('[') ? parseJson(text) : splitList(text)),
  record: parseJson,
  secret: (text) => text,
  text: (text) => text,
};

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
