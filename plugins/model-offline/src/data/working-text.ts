import type { Found, Mention, MentionKind } from './mention.js';

/** Stands in the place of what an earlier pass has taken. No letter, no digit, no space. */
const TAKEN = '\uE000';

/** A text from which passes take pieces, one kind after the other; what one has taken the next does not see. */
export class WorkingText {
  /** The text with taken characters blotted out; positions stay those of the original. */
  rest: string;
  #mentions: Mention[] = [];

  constructor(readonly original: string) {
    this.rest = original.replaceAll(/[\uE000-\uF8FF]/g, ' ');
  }

  /** Takes a piece out of the rest. */
  take(found: Found): void {
    const { start, end } = found;
    this.#mentions.push({ ...found, text: this.original.slice(start, end) });
    this.rest = this.rest.slice(0, start) + TAKEN.repeat(end - start) + this.rest.slice(end);
  }

  /** Hides matches from later passes without taking them. */
  blot(pattern: RegExp): void {
    this.rest = this.rest.replace(pattern, (match) => TAKEN.repeat(match.length));
  }

  /** Takes all matches for which `read` gives a piece. A pattern must have the flag `g`. */
  takeAll(pattern: RegExp, read: (match: RegExpExecArray) => Found | undefined): void {
    const found = [...this.rest.matchAll(pattern)].map(read).filter((piece) => piece !== undefined);
    this.takeMany(found);
  }

  /** Takes pieces that stand in the order of the text; a piece inside an earlier one is left. */
  takeMany(found: readonly Found[]): void {
    if (found.length === 0) return;
    const parts: string[] = [];
    let at = 0;
    for (const piece of found) {
      if (piece.start < at || this.#holdsTaken(piece)) continue;
      this.#mentions.push({ ...piece, text: this.original.slice(piece.start, piece.end) });
      parts.push(this.rest.slice(at, piece.start), TAKEN.repeat(piece.end - piece.start));
      at = piece.end;
    }
    parts.push(this.rest.slice(at));
    this.rest = parts.join('');
  }

  /** Gives back what was taken between two positions, where all of it is of these kinds. False where it is not. */
  giveBack(start: number, end: number, kinds: ReadonlySet<MentionKind>): boolean {
    const inside = this.#mentions.filter((mention) => mention.start >= start && mention.end <= end);
    if (!inside.every(({ kind }) => kinds.has(kind))) return false;
    this.#mentions = this.#mentions.filter((mention) => !inside.includes(mention));
    this.rest = this.rest.slice(0, start) + this.original.slice(start, end) + this.rest.slice(end);
    return true;
  }

  #holdsTaken({ start, end }: Found): boolean {
    return this.rest.slice(start, end).includes(TAKEN);
  }

  /** All that was taken, in the order of the text. */
  get mentions(): readonly Mention[] {
    return [...this.#mentions].sort((a, b) => a.start - b.start);
  }
}
