/**
 * Makes a constructor of plain objects: what it makes has the prototype of a literal. It is for what is made by the
 * thousand and lives as long as its run. V8 makes literals that survive a few collections in the old generation from then
 * on, where they lie as garbage until the next full one and are copied about meanwhile; it does not do so with
 * constructors.
 */
export function plainConstructor<Values extends readonly unknown[]>(
  assign: (this: Record<string, unknown>, ...values: Values) => void,
): new (...values: Values) => Record<string, unknown> {
  assign.prototype = Object.prototype;
  return assign as unknown as new (...values: Values) => Record<string, unknown>;
}
