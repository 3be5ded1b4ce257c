import type { Redactor } from '@master-orchestrator/errors';

/** What may introduce a secret: from here on a line is held until it is whole. */
const INTRODUCER =
  /(?:key|word|wd|phrase|secret|token|ization|cookie|credentials?|string|sig)["'\\]{0,8}\s{0,4}[=:]|\b(?:bearer|basic)\s|:\/\/|-----BEGIN/i;
const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/;
/** A longer line is cut at a space. */
const LONGEST_LINE = 4_096;
/** A PEM block without an end is not waited for beyond this. */
const LONGEST_BLOCK = 65_536;

/**
 * Masks secrets in a text that arrives in pieces. A piece may cut a secret in two, so that text is given on word by
 * word, and from a word on that introduces a secret line by line.
 */
export class SecretFilter {
  readonly #redact: Redactor['redactText'];
  /** What is not over yet: the present line, or a PEM block. */ #line = '';
  /** What of it was given on, masked. */ #sent = '';

  constructor(redactor: Pick<Redactor, 'redactText'>) {
    this.#redact = redactor.redactText;
  }

  /** Takes a piece in; returns what can be given on. */
  push(piece: string): string {
    this.#line += piece;
    let out = '';
    for (let end = this.#endOfLine(); end > 0; end = this.#endOfLine()) out += this.#finish(end);
    return out + this.#words();
  }

  /** Returns what was held: the text is over. */
  end(): string {
    return this.#finish(this.#line.length);
  }

  /** Length of what is whole at the beginning of the held text; 0 where nothing is. */
  #endOfLine(): number {
    if (PEM_BEGIN.test(this.#line) && this.#line.length < LONGEST_BLOCK) {
      const found = PEM_END.exec(this.#line);
      return found === null ? 0 : found.index + found[0].length;
    }
    const newline = this.#line.indexOf('\n');
    if (newline >= 0 && !isOpenPem(this.#line)) return newline + 1;
    if (this.#line.length <= LONGEST_LINE || isOpenPem(this.#line)) return 0;
    return Math.max(this.#line.lastIndexOf(' ', LONGEST_LINE) + 1, 0) || this.#line.length;
  }

  #finish(end: number): string {
    const out = this.#rest(this.#redact(this.#line.slice(0, end)));
    this.#line = this.#line.slice(end);
    this.#sent = '';
    return out;
  }

  #words(): string {
    if (INTRODUCER.test(this.#line)) return '';
    const boundary = Math.max(this.#line.lastIndexOf(' '), this.#line.lastIndexOf('\t')) + 1;
    const clean = this.#redact(this.#line.slice(0, boundary));
    const out = this.#rest(clean);
    if (out !== '') this.#sent = clean;
    return out;
  }

  /** What of a masked text was not given on yet. */
  #rest(clean: string): string {
    let same = 0;
    while (same < this.#sent.length && this.#sent[same] === clean[same]) same += 1;
    return clean.slice(same);
  }
}

/** A block that may begin in this text and go on behind its line breaks. */
function isOpenPem(text: string): boolean {
  return text.includes('-----BEGIN') && text.length < LONGEST_BLOCK && !PEM_END.test(text);
}
