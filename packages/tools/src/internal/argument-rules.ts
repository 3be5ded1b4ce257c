import type { Json } from '@master-orchestrator/errors';
import type { ArgumentRule } from '../tool-grant.js';
import { canonicalJson } from './canonical-json.js';

const LONGEST_MATCHED_TEXT = 10_000;

/** Says what is wrong with a rule, or `undefined`. */
export function problemOfRule(rule: ArgumentRule): string | undefined {
  if (rule.field.trim() === '') return 'an argument rule needs a field';
  if (rule.pattern !== undefined && compiled(rule.pattern) === undefined) {
    return `the pattern of field "${rule.field}" is no regular expression`;
  }
  const { oneOf, pattern, min, max } = rule;
  if (oneOf === undefined && pattern === undefined && min === undefined && max === undefined) {
    return `the rule of field "${rule.field}" needs oneOf, pattern, min or max`;
  }
  return undefined;
}

/** Says which rule the arguments break, or `undefined` where all hold. */
export function brokenRule(rules: readonly ArgumentRule[], input: unknown): string | undefined {
  for (const rule of rules) {
    const values: unknown[] = [];
    collect(input, rule.field.split('.'), 0, values);
    if (values.length === 0 && rule.optional !== true) return `argument "${rule.field}" is missing`;
    for (const value of values) {
      const problem = value === undefined ? missing(rule) : breach(rule, value);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function missing(rule: ArgumentRule): string | undefined {
  return rule.optional === true ? undefined : `argument "${rule.field}" is missing`;
}

function collect(value: unknown, path: readonly string[], at: number, into: unknown[]): void {
  const step = path[at];
  if (step === undefined) {
    into.push(value);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    into.push(undefined);
    return;
  }
  if (step === '*') {
    for (const element of Object.values(value)) collect(element, path, at + 1, into);
    return;
  }
  const member: unknown = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
  if (member === undefined) into.push(undefined);
  else collect(member, path, at + 1, into);
}

function breach(rule: ArgumentRule, value: unknown): string | undefined {
  const { field, oneOf, pattern, min, max } = rule;
  if (oneOf !== undefined && !isOneOf(oneOf, value)) {
    return `argument "${field}" must be one of ${JSON.stringify(oneOf).slice(0, 300)}`;
  }
  if (pattern !== undefined && !matches(pattern, value)) return `argument "${field}" must match ${pattern}`;
  const size = sizeOf(value);
  if (min !== undefined && !(typeof value === 'number' && value >= min)) {
    return `argument "${field}" must be at least ${min}`;
  }
  if (max !== undefined && !(size !== undefined && size <= max)) return `argument "${field}" must be at most ${max}`;
  return undefined;
}

function isOneOf(allowed: readonly Json[], value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return allowed.includes(value as Json);
  let text: string;
  try {
    text = canonicalJson(value as Json);
  } catch {
    return false;
  }
  return allowed.some((one) => canonicalJson(one) === text);
}

function matches(pattern: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.length > LONGEST_MATCHED_TEXT) return false;
  return compiled(pattern)?.test(value) ?? false;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return undefined;
}

const expressions = new Map<string, RegExp | undefined>();

/** The whole text must match. Compiled once for a pattern; `undefined` where it is no regular expression. */
function compiled(pattern: string): RegExp | undefined {
  if (!expressions.has(pattern)) {
    if (expressions.size >= 1_000) expressions.clear();
    expressions.set(pattern, compile(pattern));
  }
  return expressions.get(pattern);
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    return undefined;
  }
}
