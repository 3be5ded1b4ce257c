import type { StateStore } from '@master-orchestrator/contracts';
import { sha256 } from './canonical-json.js';

const MAX_BYTES_IN_MEMORY = 16 * 1_048_576;

/** Keeps whole texts of which a model saw the beginning: in the state store, or bounded in memory where there is none. */
export class LargeResults {
  readonly #texts = new Map<string, string>();
  #characters = 0;

  constructor(readonly state: StateStore | undefined) {}

  /** Returns the handle by which the text is read. */
  async put(text: string): Promise<string> {
    if (this.state !== undefined) return this.state.putBlob(new TextEncoder().encode(text));
    const handle = sha256(text);
    this.#forget(handle);
    this.#texts.set(handle, text);
    this.#characters += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters <= MAX_BYTES_IN_MEMORY) break;
      this.#forget(oldest);
    }
    return handle;
  }

  async get(handle: string): Promise<string | undefined> {
    if (this.state === undefined) return this.#texts.get(handle);
    const bytes = await this.state.getBlob(handle);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  #forget(handle: string): void {
    this.#characters -= this.#texts.get(handle)?.length ?? 0;
    this.#texts.delete(handle);
  }
}
