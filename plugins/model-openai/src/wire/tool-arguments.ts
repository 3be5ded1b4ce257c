/** The arguments of a tool call as text. A call without arguments has `null` or nothing there; some servers send the object itself. */
export function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return value === null || value === undefined ? '{}' : JSON.stringify(value);
}
