/** Tells a listener something. What it throws is its own affair and must not reach the one who tells. */
export function tell<T>(listener: ((event: T) => void) | undefined, event: T): void {
  if (listener === undefined) return;
  try {
    listener(event);
  } catch {
    // A listener that fails harms nobody but itself.
  }
}
