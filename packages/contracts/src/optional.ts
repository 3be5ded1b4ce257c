/**
 * The object without the keys whose value is `undefined`, for spreading into objects whose fields may be absent but not
 * `undefined`.
 */
export function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  let present = 0;
  let absent = 0;
  for (const key in fields) {
    if (fields[key] === undefined) absent += 1;
    else present += 1;
  }
  // Nearly always all or nothing is there, and then no copy is needed.
  const kept = absent === 0 ? fields : present === 0 ? NOTHING : withoutGaps(fields);
  return kept;
}

/**
 * The same fields, while the object is being made: fields that may be absent are put in where they are there. Objects made
 * often keep one shape that way, which spreads do not give them.
 */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING: object = Object.freeze({});

function withoutGaps(fields: object): object {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) kept[key] = value;
  return kept;
}
