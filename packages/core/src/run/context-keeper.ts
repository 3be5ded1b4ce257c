import type { ModelSettings, ModelUsage } from '@master-orchestrator/contracts';
import type { OrchestratorError } from '@master-orchestrator/errors';
import type { ModelTarget } from '../models/model-registry.js';
import { compact, type CompactionGoal } from '../sessions/compaction.js';
import { ContextMeter, type RequestFrame } from './context-meter.js';
import type { RunContext } from './run-context.js';

const SHORTENED = 'Older parts of the conversation were shortened to fit the model.';

/** Keeps the conversation of a run within the window of its model. */
export class ContextKeeper {
  readonly #context: RunContext;
  readonly #meter = new ContextMeter();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Takes in what the provider counted for the conversation that ends with its answer. */
  observe(usage: ModelUsage): void {
    this.#meter.observe(this.#context.transcript, usage);
  }

  /** The conversation was edited: what was counted holds no more. */
  reset(): void {
    this.#meter.reset();
  }

  /** Shortens the conversation where the model that is asked next could not take it. */
  fit(target: ModelTarget | undefined, request: RequestFrame & { readonly settings: ModelSettings }): void {
    const { active, transcript } = this.#context;
    const described = target === active.targets[0] ? active : target?.provider.describe(target.model);
    const window = described?.contextWindow;
    if (window === undefined) return;
    const maxOutput = request.settings.maxOutputTokens ?? described?.maxOutputTokens;
    const maxTokens = this.#meter.goalFor(transcript, request, window, maxOutput);
    if (maxTokens !== undefined) this.#shorten({ maxTokens });
  }

  /** A server said that the conversation is too long: it is cut to what was read, where that was told, else to half. */
  shortenAfter({ code, details }: OrchestratorError): void {
    const read = code === 'CONTEXT_CUT_SILENTLY' ? details?.['inputTokens'] : undefined;
    this.#shorten(typeof read === 'number' ? { maxTokens: Math.floor(read * 0.9) } : { keepShare: 0.5 });
  }

  #shorten(goal: CompactionGoal): void {
    const { transcript, notes } = this.#context;
    const kept = compact(transcript.items, goal);
    if (kept === transcript.items) return;
    transcript.compactTo(kept);
    this.#meter.reset();
    if (!notes.includes(SHORTENED)) notes.push(SHORTENED);
  }
}
