import type { MetricsContribution } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { classify, OrchestratorError, type Clock, type Redactor } from '@master-orchestrator/errors';
import { within } from './internal/within.js';

/** Longest time one contribution may take, in milliseconds; Prometheus waits 10 s for all of them. */
const RENDER_LIMIT_MS = 3_000;
const LONGEST_REASON = 300;

/** Collaborators of a {@link MetricsText}. */
export interface MetricsTextParts {
  readonly orchestrator: Pick<MasterOrchestrator, 'plugins'>;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

/** One contribution, and whose it is. */
interface Contribution {
  readonly plugin: { readonly name: string };
  readonly value: MetricsContribution;
}

/** Puts the text for scrapers together. A plugin that throws or hangs takes none of the others with it. */
export class MetricsText {
  readonly #parts: MetricsTextParts;
  /** Those whose failure was told. */ readonly #failing = new Set<MetricsContribution>();
  /** Those that have not answered an earlier scrape yet. */ readonly #busy = new Set<MetricsContribution>();

  constructor(parts: MetricsTextParts) {
    this.#parts = parts;
  }

  /** The text of all, each ended by one line break; a comment says where one is missing, and why. */
  async render(found: readonly Contribution[]): Promise<string> {
    return (await Promise.all(found.map((one) => this.#textOf(one)))).join('');
  }

  /** The first failure in a row is told as an event and in the log, so that scrapes do not fill them. */
  async #textOf({ plugin, value }: Contribution): Promise<string> {
    let text = '';
    const work = async (): Promise<void> => {
      text = (await this.#inTime(value)).replace(/\n*$/, '\n');
    };
    try {
      if (this.#failing.has(value)) await work();
      else await this.#parts.orchestrator.plugins.call(plugin.name, 'metrics.render', work);
      this.#failing.delete(value);
      return text;
    } catch (error) {
      this.#failing.add(value);
      return this.#comment(plugin.name, classify(error).message);
    }
  }

  async #inTime(value: MetricsContribution): Promise<string> {
    if (this.#busy.has(value)) {
      throw new OrchestratorError('RESPONSE_TIMEOUT', 'It has not answered an earlier scrape yet.');
    }
    return within(this.#parts.clock, RENDER_LIMIT_MS, 'render()', async () => {
      this.#busy.add(value);
      try {
        return await value.render();
      } finally {
        this.#busy.delete(value);
      }
    });
  }

  #comment(plugin: string, reason: string): string {
    const words = this.#parts.redactor.redactText(`the metrics of plugin "${plugin}" are missing: ${reason}`);
    return `# ${words.replaceAll(/\s+/g, ' ').slice(0, LONGEST_REASON)}\n`;
  }
}
