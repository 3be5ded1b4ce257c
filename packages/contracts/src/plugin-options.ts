import { OrchestratorError } from '@master-orchestrator/errors';
import type { output, ZodObject, ZodType } from 'zod';

/**
 * The schema of a plugin's options: every option of the interface, and nothing that the interface does not take. Stands
 * behind `satisfies`, so that the compiler tells where the two part. Each option has a `.describe()`; one that only code
 * can give, such as a function, carries `.meta({ 'x-in-code': true })`.
 */
export type OptionsSchema<Options extends object> = ZodObject<{
  readonly [Key in keyof Required<Options>]: ZodType<unknown, Given<Options[Key]>>;
}>;

/** What may be given for a type: an option that is left out may be there as `undefined`. */
type Given<T> = T extends (...parameters: never[]) => unknown
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Given<T[Key]> | (object extends Pick<T, Key> ? undefined : never) }
      : T;

/**
 * A plugin's options with their defaults.
 *
 * @param factory - Name of the function that was given them, for the message.
 * @throws OrchestratorError CONFIG_INVALID, naming every problem and no value.
 */
export function readOptions<Schema extends ZodType>(schema: Schema, options: unknown, factory: string): output<Schema> {
  const checked = schema.safeParse(options);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`);
  throw new OrchestratorError('CONFIG_INVALID', `${factory}() got options that do not fit: ${problems.join('; ')}.`, {
    category: 'VALIDATION_ERROR',
    severity: 'CRITICAL',
  });
}
