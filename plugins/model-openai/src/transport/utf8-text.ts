import { StringDecoder } from 'node:string_decoder';

const LAST_ASCII = 0x7f;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Turns chunks of UTF-8 bytes into text, wherever the chunks were cut. A chunk that ends in an ASCII byte (nearly
 * every chunk of an event stream) is decoded in one native call; only a divided character costs more.
 */
export class Utf8Text {
  readonly #decoder = new StringDecoder('utf8');
  #hasRest = false;
  #isAtStart = true;

  /** The characters that are complete after this chunk. */
  decode(chunk: Buffer): string {
    const last = chunk[chunk.length - 1];
    if (last === undefined) return '';
    const isClean = !this.#hasRest && last <= LAST_ASCII;
    // The decoder holds back a divided character; an ASCII byte at the end means that nothing is held back.
    const text = isClean ? chunk.toString('utf8') : this.#decoder.write(chunk);
    this.#hasRest = last > LAST_ASCII;
    return this.#isAtStart ? this.#withoutMark(text) : text;
  }

  /** What is left when the bytes have ended: replacement characters for a character that was cut. */
  end(): string {
    return this.#decoder.end();
  }

  #withoutMark(text: string): string {
    if (text.length === 0) return text;
    this.#isAtStart = false;
    return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  }
}
