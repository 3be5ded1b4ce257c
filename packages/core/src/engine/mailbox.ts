import type { Json } from '@master-orchestrator/errors';

/** A message for a run. */
export interface Message {
  readonly body: Json;
  readonly messageId: string;
}

/** Messages of one task: kept in order per channel until a run takes them, each id once. */
export class Mailbox {
  readonly #known = new Set<string>();
  readonly #channels = new Map<string, Message[]>();
  readonly #listeners = new Map<string, (() => void)[]>();

  /** Keeps a message; false where its id was seen before, consumed or not. */
  put(channel: string, message: Message): boolean {
    if (this.#known.has(message.messageId)) return false;
    this.#known.add(message.messageId);
    const waiting = this.#channels.get(channel);
    if (waiting === undefined) this.#channels.set(channel, [message]);
    else waiting.push(message);
    this.#listeners.get(channel)?.shift()?.();
    return true;
  }

  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** Takes the oldest message of a channel. */
  take(channel: string): Message | undefined {
    const waiting = this.#channels.get(channel);
    const message = waiting?.shift();
    if (waiting?.length === 0) this.#channels.delete(channel);
    return message;
  }

  /** Calls back once when the next message of a channel comes; returns how to stop listening. */
  listen(channel: string, callback: () => void): () => void {
    const listeners = this.#listeners.get(channel) ?? [];
    listeners.push(callback);
    this.#listeners.set(channel, listeners);
    return () => {
      const at = listeners.indexOf(callback);
      if (at >= 0) listeners.splice(at, 1);
      if (listeners.length === 0 && this.#listeners.get(channel) === listeners) this.#listeners.delete(channel);
    };
  }
}
