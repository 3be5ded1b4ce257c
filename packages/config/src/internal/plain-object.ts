/** An object with text keys whose values are not known yet. */
export type PlainObject = { [key: string]: unknown };

/** True for an object literal or one without a prototype; false for arrays, class instances, null. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The value at a path of own keys, or `undefined`. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as PlainObject)[key];
  }
  return value;
}

/** Writes a value at a path, making the objects on the way. Never touches a prototype. */
export function setAt(root: PlainObject, path: readonly string[], value: unknown): void {
  let holder = root;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (isPlainObject(next)) {
      holder = next;
      continue;
    }
    const made: PlainObject = {};
    define(holder, key, made);
    holder = made;
  }
  define(holder, path.at(-1) ?? '', value);
}

/** Sets an own property, also where the key has a setter on the prototype (`__proto__`). */
export function define(holder: PlainObject, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}
