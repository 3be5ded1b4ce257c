/** A number as people write it: sign, currency sign, `_` or `,` between thousands, exponent, percent sign. */
const WRITTEN_NUMBER =
  /^[$€£¥]?\s*([+\-−]?)\s*[$€£¥]?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d[\d_]*(?:\.\d*)?|\.\d+)(e[+\-−]?\d+)?\s*%?$/i;

/** Reads one number, or gives `undefined` where the text is something else. `5%` gives 5, `$1,200` gives 1200. */
export function parseNumber(text: string): number | undefined {
  const match = WRITTEN_NUMBER.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = '', digits = '', exponent = ''] = match;
  const plain = `${sign === '−' ? '-' : sign}${digits.replace(/[,_]/g, '')}${exponent.replace('−', '-')}`;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** Reads a number that uses a comma before its decimals, as in `3,14`. */
export function parseDecimalComma(text: string): number | undefined {
  return /^[+\-−]?\d+(,\d+)?$/.test(text.trim()) ? parseNumber(text.trim().replace(',', '.')) : undefined;
}
