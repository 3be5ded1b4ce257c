import type { AnyTool, ModelDelta, ModelProvider, ModelRequest, ModelResponse } from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError, type Json } from '@master-orchestrator/errors';
import { estimateInputTokens } from '../model-answer.js';
import {
  cassetteCleaner,
  readCassette,
  untapeError,
  type CassetteContent,
  type CassetteEntry,
  type Cleaner,
  type ModelEntry,
  type ToolEntry,
} from './cassette-file.js';
import { firstDifference, showDifference, type Difference } from './first-difference.js';

/** What {@link replayCassette} takes. */
export interface ReplayCassetteOptions {
  /** The cassette, as `recordCassette` wrote it. */ readonly file: string | URL;
  /** The tools that were recorded; their schemas are used, their `execute` is not. @default none */
  readonly tools?: readonly AnyTool[];
  /** The same as for recording: what was masked there is masked before requests are compared. @default none */
  readonly secrets?: readonly string[];
  /**
   * Takes out of a request what differs from run to run, such as a date in the instructions, before it is compared.
   * Applied to both sides.
   */
  readonly normalize?: (request: Json) => Json;
}

/** A cassette that is being played. */
export interface CassetteReplay {
  /** Answers from the cassette. */ readonly model: ModelProvider;
  /** Answer from the cassette. */ readonly tools: readonly AnyTool[];
  /** Calls still to be made. */ readonly unused: number;
  /** @throws Error naming calls that were not made, and those that differed. */ assertDone(): void;
}

/**
 * Plays a cassette without network. Each call must be one that was recorded, down to the last character: the first
 * difference is shown, with the number of the call. Equal calls are answered in the order of recording, others in any order, so that parallel calls
 * may race.
 *
 * @throws OrchestratorError FILE_INVALID where the file is missing or no cassette.
 */
export async function replayCassette(options: ReplayCassetteOptions): Promise<CassetteReplay> {
  const content = await readCassette(options.file);
  return new PlayedCassette(content, options);
}

class PlayedCassette implements CassetteReplay {
  readonly model: ModelProvider;
  readonly tools: readonly AnyTool[];
  readonly #all: readonly CassetteEntry[];
  readonly #left: CassetteEntry[];
  readonly #problems: string[] = [];
  /** Calls answered so far, by model or tool. */ readonly #calls = new Map<string, number>();
  readonly #clean: Cleaner;
  readonly #normalize: (request: Json) => Json;

  constructor(content: CassetteContent, options: ReplayCassetteOptions) {
    this.#left = [...content.entries];
    this.#clean = cassetteCleaner(options.secrets);
    this.#normalize = options.normalize ?? ((request) => request);
    this.#all = content.entries;
    const { descriptions = {}, ...head } = content.provider ?? {};
    this.model = {
      name: 'cassette',
      origin: 'cassette',
      ...head,
      describe: (model) => descriptions[model] ?? {},
      countTokens: (request) => this.#counted(request) ?? estimateInputTokens(request),
      respond: (request, call) => this.#respond(request, call),
    };
    this.tools = (options.tools ?? []).map((tool) => ({
      ...tool,
      execute: async (input: unknown) => this.#execute(tool.name, input),
    }));
  }

  get unused(): number {
    return this.#left.length;
  }

  assertDone(): void {
    const unused = this.#left.map((entry) => `not called: ${summary(entry)}`);
    const problems = [...this.#problems, ...unused];
    if (problems.length > 0) throw new Error(`The cassette was not played as recorded.\n- ${problems.join('\n- ')}`);
  }

  #counted(request: ModelRequest): number | undefined {
    const asked = this.#normalize(this.#clean(request));
    for (const entry of this.#all) {
      if (entry.kind !== 'model' || entry.countedTokens === undefined) continue;
      if (firstDifference(this.#normalize(entry.request), asked) === undefined) return entry.countedTokens;
    }
    return undefined;
  }

  async #respond(request: ModelRequest, call: Parameters<ModelProvider['respond']>[1]): Promise<ModelResponse> {
    if (call.signal.aborted) throw CancelledError.fromSignal(call.signal);
    const entry = this.#take(
      'the model',
      this.#all.filter((each) => each.kind === 'model'),
      (each) => firstDifference(this.#normalize(each.request), this.#normalize(this.#clean(request))),
    );
    if (call.onDelta !== undefined) await play(entry, call.onDelta, call.signal);
    if (entry.error !== undefined) throw await this.#failure(entry, call.signal);
    if (entry.response === undefined)
      throw this.#mismatch('The cassette has no answer for a call: recording was cut off.');
    return structuredClone(entry.response);
  }

  async #failure(entry: ModelEntry, signal: AbortSignal): Promise<Error> {
    const error = untapeError(entry.error ?? { name: 'Error', message: '' });
    const wasCancelled = OrchestratorError.isInstance(error) && error.code === 'CANCELLED';
    if (!wasCancelled) return error;
    // The recorded call ended because somebody cancelled it; this one ends the same way.
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return CancelledError.fromSignal(signal);
  }

  #execute(tool: string, input: unknown): unknown {
    const recorded = this.#all.filter((each) => each.kind === 'tool').filter((each) => each.tool === tool);
    const entry: ToolEntry = this.#take(`the tool "${tool}"`, recorded, (each) =>
      firstDifference(each.input, this.#clean(input)),
    );
    if (entry.error !== undefined) throw untapeError(entry.error);
    return structuredClone(entry.result);
  }

  /**
   * The first recorded call that is left and does not differ; else the failure shows the one that differs last.
   *
   * @param who - The model, or a tool: whose calls are counted together.
   * @param recorded - All its calls on the cassette.
   */
  #take<Entry extends CassetteEntry>(
    who: string,
    recorded: readonly Entry[],
    compare: (entry: Entry) => Difference | undefined,
  ): Entry {
    const call = (this.#calls.get(who) ?? 0) + 1;
    let nearest: { readonly difference: Difference; readonly number: number } | undefined;
    for (const [index, entry] of recorded.entries()) {
      const place = this.#left.indexOf(entry);
      if (place < 0) continue;
      const difference = compare(entry);
      if (difference === undefined) {
        this.#left.splice(place, 1);
        this.#calls.set(who, call);
        return entry;
      }
      if (nearest === undefined || isLater(difference, nearest.difference)) nearest = { difference, number: index + 1 };
    }
    if (nearest === undefined)
      throw this.#mismatch(`Call ${call} of ${who} is not on the cassette: all recorded ones are used up.`);
    const found = showDifference(nearest.difference);
    throw this.#mismatch(`Call ${call} of ${who} differs from recorded call ${nearest.number} at ${found}`);
  }

  #mismatch(message: string): OrchestratorError {
    this.#problems.push(message);
    const advice = 'Undo the change that made the difference, or record the cassette again.';
    return new OrchestratorError('UNKNOWN_ERROR', message, { advice });
  }
}

/** Of two differences the one that shows more agreement: deeper in the same list, or further into the same text. */
function isLater(one: Difference, other: Difference): boolean {
  const [first, second] = [positionsOf(one), positionsOf(other)];
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const gap = (first[index] ?? -1) - (second[index] ?? -1);
    if (gap !== 0) return gap > 0;
  }
  return false;
}

function positionsOf({ path, at }: Difference): readonly number[] {
  return [...[...path.matchAll(/\[(\d+)\]/g)].map(([, position]) => Number(position)), at ?? -1];
}

async function play(entry: ModelEntry, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<void> {
  for (const delta of entry.deltas ?? wholeText(entry)) {
    await Promise.resolve();
    if (signal.aborted) throw CancelledError.fromSignal(signal);
    onDelta(delta);
  }
}

/** For a call that was recorded without a stream: each text in one piece. */
function wholeText({ response }: ModelEntry): readonly ModelDelta[] {
  return (response?.items ?? []).flatMap((item): ModelDelta[] => {
    if (item.type === 'message' && typeof item.content === 'string' && item.content !== '') {
      return [{ type: 'text', text: item.content }];
    }
    if (item.type !== 'tool-call') return [];
    return [{ type: 'tool-arguments', callId: item.callId, name: item.name, text: item.arguments }];
  });
}

function summary(entry: CassetteEntry): string {
  const text = entry.kind === 'model' ? JSON.stringify(entry.request) : `${entry.tool} ${JSON.stringify(entry.input)}`;
  return `${entry.kind} ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}
