/** The last line of every text the offline model writes, so that nobody takes it for a language model's. */
export const OFFLINE_NOTE = 'Note: answered by the rule-based offline model; no language model was asked.';

/** A text with the note below it. */
export function withNote(text: string): string {
  return `${withoutNote(text)}\n\n${OFFLINE_NOTE}`;
}

/** A text without the note, for quoting one answer in another. */
export function withoutNote(text: string): string {
  return text.replaceAll(OFFLINE_NOTE, '').trim();
}
