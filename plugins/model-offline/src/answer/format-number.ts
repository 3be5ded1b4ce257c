/** Digits a number is shown with; enough for a reader, few enough to hide the noise of binary fractions. */
const DIGITS = 10;

/** A number for people: whole ones in full, others with at most ten significant digits and no trailing zeros. */
export function formatNumber(value: number): string {
  return Number.isSafeInteger(value) || !Number.isFinite(value)
    ? String(value)
    : String(Number(value.toPrecision(DIGITS)));
}

/** `sales`, `sales and costs`, `a, b and c`. */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1);
  return last === undefined || words.length === 1 ? (last ?? '') : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** `sampleStandardDeviation` as `sample standard deviation`. */
export function humanName(key: string): string {
  return key
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
}
