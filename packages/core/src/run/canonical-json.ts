/** JSON text in which the order of keys makes no difference. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (isPlainObject(each) ? withSortedKeys(each) : each));
}

/** The same for a text that should be JSON; as it stands, without space around it, where it is none. */
export function canonicalText(text: string): string {
  try {
    return canonicalJson(JSON.parse(text) as unknown);
  } catch {
    return text.trim();
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withSortedKeys(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const keys = Object.keys(value);
  if (keys.every((key, index) => index === 0 || (keys[index - 1] as string) < key)) return value;
  const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of keys.sort()) sorted[key] = value[key];
  return sorted;
}
