/** Marks the errors of every installed copy of this package. */
export const BRAND = Symbol.for('@master-orchestrator/errors:OrchestratorError');

/** True for an object that carries the brand; never throws. */
export function isBranded(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return (value as Record<symbol, unknown>)[BRAND] === true;
  } catch {
    return false;
  }
}
