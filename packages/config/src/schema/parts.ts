import { z } from 'zod';
import { Secret } from '../secret.js';

/** Longest time a setting may ask for: ten years, in milliseconds. */
const LONGEST_MS = 315_360_000_000;

/** Mark of a setting that a running process takes over when its file changes. */
export const RELOADABLE = { 'x-reloadable': true } as const;

/** A part of the configuration: unknown keys are refused, a missing part takes its defaults. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).prefault({} as never);
}

/** A time in milliseconds with a default. `purpose` is a phrase; the unit is added to it. */
export function milliseconds(defaultMs: number, purpose: string, lowest = 1) {
  return z.int().min(lowest).max(LONGEST_MS).default(defaultMs).describe(`${purpose}, in milliseconds.`);
}

/** A secret that may be absent. */
export function secret(description: string) {
  return z
    .custom<Secret>((value) => Secret.isInstance(value))
    .meta({ type: 'string', 'x-secret': true, description })
    .exactOptional()
    .describe(description);
}
