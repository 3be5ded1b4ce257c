import type { Json } from '@master-orchestrator/errors';
import { plainCopy } from './plain-json.js';

const MAX_UPDATES = 1_000;
const BOUNDS = { maxBytes: 4_096, maxDepth: 16 };

/** Hands on what a tool reports: bounded in number and size, nothing after the end, and no throw of the listener. */
export class ProgressGate {
  #updates = 0;

  constructor(
    readonly onProgress: (update: Json) => void,
    readonly isOver: () => boolean,
  ) {}

  report(update: unknown): void {
    if (this.#updates >= MAX_UPDATES || this.isOver()) return;
    this.#updates += 1;
    const copy = plainCopy(update, BOUNDS);
    if (!copy.ok) return;
    try {
      this.onProgress(copy.value);
    } catch {
      // a listener that throws is not the tool's fault
    }
  }
}
