import type {
  ModelDelta,
  ModelDescription,
  ModelItem,
  ModelProvider,
  ModelRequest,
  ModelResponse,
} from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError, sleep, systemClock, type Clock } from '@master-orchestrator/errors';
import { deltasOf, estimateInputTokens, responseOf, type ModelAnswer } from './model-answer.js';

/** One answer of a {@link scriptedModel}. */
export interface ModelStep extends ModelAnswer {
  /** Fails with this instead of answering; best an OrchestratorError, as providers throw. */ readonly error?: Error;
  /** Never answers; ends with the abort alone. @default false */ readonly hang?: boolean;
  /** Wait before the answer, in milliseconds, on the model's clock. @default 0 */ readonly delayMs?: number;
  /** Wait between two deltas, in milliseconds. @default 0 */ readonly deltaDelayMs?: number;
  /** Looks at the request; what it throws fails the call and `assertDone()`. */
  readonly check?: (request: ModelRequest) => void;
}

/** Decides by the request. */
export type ModelStepFunction = (request: ModelRequest, index: number) => ModelStep | Promise<ModelStep>;

/** Options of {@link scriptedModel}. */
export interface ScriptedModelOptions {
  /** Prefix of its models. @default 'scripted' */ readonly name?: string;
  /** @default 'scripted:' and the name */ readonly origin?: string;
  /** @default ['model'] */ readonly models?: readonly string[];
  readonly credentialId?: string;
  /** @default context window 128_000, output 16_384 tokens */ readonly description?: ModelDescription;
  /** Clock of the delays. @default the clock of the machine */ readonly clock?: Clock;
  /** Characters of one delta. @default 16 */ readonly chunkSize?: number;
}

/** A model that plays a script. */
export interface ScriptedModel extends ModelProvider {
  /** Every request so far, in order. */ readonly requests: readonly ModelRequest[];
  /** Steps that are still to be played. */ readonly unused: number;
  /** Calls that have begun and not ended. */ readonly running: number;
  enqueue(...steps: readonly (ModelStep | ModelStepFunction)[]): void;
  /** @throws Error naming unused steps, unexpected calls and checks that failed. */ assertDone(): void;
}

/**
 * A model for tests. It plays its steps in order, one a call, streams deltas where asked, honours the abort signal,
 * counts four characters as a token, and fails on a call that no step foresees.
 *
 * @param steps - Answers in order; an entry may be a function of the request. A single function answers every call.
 */
export function scriptedModel(
  steps: readonly (ModelStep | ModelStepFunction)[] | ModelStepFunction,
  options: ScriptedModelOptions = {},
): ScriptedModel {
  return new PlayedModel(steps, options);
}

class PlayedModel implements ScriptedModel {
  readonly name: string;
  readonly origin: string;
  readonly credentialId?: string;
  readonly models: readonly string[];
  readonly #requests: ModelRequest[] = [];
  readonly #problems: string[] = [];
  readonly #steps: (ModelStep | ModelStepFunction)[];
  readonly #every: ModelStepFunction | undefined;
  readonly #options: ScriptedModelOptions;
  #running = 0;

  constructor(steps: readonly (ModelStep | ModelStepFunction)[] | ModelStepFunction, options: ScriptedModelOptions) {
    this.name = options.name ?? 'scripted';
    this.origin = options.origin ?? `scripted:${this.name}`;
    this.models = options.models ?? ['model'];
    if (options.credentialId !== undefined) this.credentialId = options.credentialId;
    this.#every = typeof steps === 'function' ? steps : undefined;
    this.#steps = typeof steps === 'function' ? [] : [...steps];
    this.#options = options;
  }

  get requests(): readonly ModelRequest[] {
    return this.#requests;
  }

  get unused(): number {
    return this.#steps.length;
  }

  get running(): number {
    return this.#running;
  }

  enqueue(...steps: readonly (ModelStep | ModelStepFunction)[]): void {
    this.#steps.push(...steps);
  }

  describe(): ModelDescription {
    return this.#options.description ?? { contextWindow: 128_000, maxOutputTokens: 16_384 };
  }

  countTokens(request: ModelRequest): number {
    return estimateInputTokens(request);
  }

  async respond(
    request: ModelRequest,
    options: { readonly signal: AbortSignal; readonly onDelta?: (delta: ModelDelta) => void },
  ): Promise<ModelResponse> {
    throwIfAborted(options.signal);
    const index = this.#requests.length;
    this.#requests.push(structuredClone(request));
    this.#running += 1;
    try {
      const step = await this.#stepFor(request, index);
      return await this.#play(step, request, index, options);
    } finally {
      this.#running -= 1;
    }
  }

  async ping(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await Promise.resolve();
  }

  assertDone(): void {
    const unused = this.#steps.map((step) => `unused step: ${describeStep(step)}`);
    const problems = [...this.#problems, ...unused];
    if (problems.length > 0)
      throw new Error(`The model's script was not played as written.\n- ${problems.join('\n- ')}`);
  }

  async #stepFor(request: ModelRequest, index: number): Promise<ModelStep> {
    const step = this.#steps.shift() ?? this.#every;
    if (step === undefined) {
      const message = `Call ${index} of the scripted model "${this.name}" is not foreseen by its steps.`;
      this.#problems.push(`${message} It ends with ${lastItem(request)}.`);
      throw new OrchestratorError('UNKNOWN_ERROR', message, { advice: 'Add a step, or find out who asked.' });
    }
    try {
      const chosen = typeof step === 'function' ? await step(request, index) : step;
      chosen.check?.(request);
      return chosen;
    } catch (error) {
      this.#problems.push(`call ${index}: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }

  async #play(
    step: ModelStep,
    request: ModelRequest,
    index: number,
    { signal, onDelta }: { readonly signal: AbortSignal; readonly onDelta?: (delta: ModelDelta) => void },
  ): Promise<ModelResponse> {
    if (step.hang === true) await untilAborted(signal);
    await this.#wait(step.delayMs ?? 0, signal);
    if (step.error !== undefined && step.text === undefined) throw step.error;
    const response = responseOf(step, request, `${this.name}-${index}`);
    if (onDelta !== undefined) {
      for (const delta of deltasOf(response, step, this.#options.chunkSize ?? 16)) {
        await this.#wait(step.deltaDelayMs ?? 0, signal);
        onDelta(delta);
      }
    }
    throwIfAborted(signal);
    // With both, the error comes after the text: a stream that breaks.
    if (step.error !== undefined) throw step.error;
    return response;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0) {
      await Promise.resolve();
      throwIfAborted(signal);
      return;
    }
    try {
      await sleep(this.#options.clock ?? systemClock, ms, signal);
    } catch {
      throwIfAborted(signal);
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw CancelledError.fromSignal(signal);
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  throwIfAborted(signal);
}

function describeStep(step: ModelStep | ModelStepFunction): string {
  if (typeof step === 'function') return 'a function';
  if (step.error !== undefined) return `error ${JSON.stringify(step.error.message)}`;
  return JSON.stringify({ text: step.text, toolCalls: step.toolCalls }).slice(0, 200);
}

function lastItem(request: ModelRequest): string {
  const item: ModelItem | undefined = request.items.at(-1);
  return item === undefined ? 'no item' : JSON.stringify(item).slice(0, 200);
}
