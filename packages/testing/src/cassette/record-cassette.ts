import type {
  AnyTool,
  ModelDelta,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  Writable,
} from '@master-orchestrator/contracts';
import {
  cassetteCleaner,
  tapeError,
  writeCassette,
  type CassetteEntry,
  type CassetteProvider,
  type Cleaner,
  type ModelEntry,
  type TapedError,
  type ToolEntry,
} from './cassette-file.js';

/** What {@link recordCassette} takes. */
export interface RecordCassetteOptions {
  /** Where the cassette is written, as JSON. */ readonly file: string | URL;
  /** The provider to record. */ readonly model?: ModelProvider;
  /** The tools to record. @default none */ readonly tools?: readonly AnyTool[];
  /** Texts that must not reach the file, besides keys and tokens in their usual forms. @default none */
  readonly secrets?: readonly string[];
}

/** A recording that goes on. */
export interface CassetteRecording {
  /** Use this in place of the provider. @throws Error where none was given. */ readonly model: ModelProvider;
  /** Use these in place of the tools. */ readonly tools: readonly AnyTool[];
  /** Calls recorded so far. */ readonly size: number;
  /** Writes the file. `await using` does it at the end. */ save(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Records calls of a model and of tools on a cassette: one JSON file without secrets, which `replayCassette` plays
 * without network. Calls go through as they are.
 */
export function recordCassette(options: RecordCassetteOptions): CassetteRecording {
  const clean = cassetteCleaner(options.secrets);
  const entries: CassetteEntry[] = [];
  const { model, file } = options;
  const save = (): Promise<void> =>
    writeCassette(file, {
      version: 1,
      ...(model === undefined ? {} : { provider: headOf(model, entries) }),
      entries,
    });
  return {
    get model() {
      if (model === undefined) throw new Error('recordCassette() was given no model to record.');
      return recordedModel(model, entries, clean);
    },
    tools: (options.tools ?? []).map((tool) => recordedTool(tool, entries, clean)),
    get size() {
      return entries.length;
    },
    save,
    [Symbol.asyncDispose]: save,
  };
}

function headOf(model: ModelProvider, entries: readonly CassetteEntry[]): CassetteProvider {
  const asked = entries.flatMap((entry) => {
    const name = entry.kind === 'model' ? (entry.request as { model?: unknown }).model : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  const names = new Set([...(model.models ?? []), ...asked]);
  const { name, origin, models, credentialId } = model;
  return {
    name,
    origin,
    ...(models === undefined ? {} : { models }),
    ...(credentialId === undefined ? {} : { credentialId }),
    descriptions: Object.fromEntries([...names].sort().map((each) => [each, model.describe(each)])),
  };
}

function recordedModel(model: ModelProvider, entries: CassetteEntry[], clean: Cleaner): ModelProvider {
  const { name, origin, models, credentialId } = model;
  return {
    name,
    origin,
    ...(models === undefined ? {} : { models }),
    ...(credentialId === undefined ? {} : { credentialId }),
    describe: (asked) => model.describe(asked),
    respond: (request, options) => recordedCall(model, request, options, entries, clean),
    ...(model.countTokens === undefined ? {} : { countTokens: (request) => model.countTokens?.(request) ?? 0 }),
    ...(model.ping === undefined ? {} : { ping: async (signal) => model.ping?.(signal) }),
    ...(model.dispose === undefined ? {} : { dispose: async () => model.dispose?.() }),
  };
}

async function recordedCall(
  model: ModelProvider,
  request: ModelRequest,
  { signal, onDelta }: Parameters<ModelProvider['respond']>[1],
  entries: CassetteEntry[],
  clean: Cleaner,
): Promise<ModelResponse> {
  const deltas: ModelDelta[] = [];
  const counted = model.countTokens?.(request);
  // An await without need would put the entry behind those of calls made meanwhile.
  const countedTokens = counted instanceof Promise ? await counted : counted;
  const entry: Writable<ModelEntry> = {
    kind: 'model',
    provider: model.name,
    request: clean(request),
    ...(countedTokens === undefined ? {} : { countedTokens }),
    ...(onDelta === undefined ? {} : { deltas }),
  };
  entries.push(entry);
  const listen = (delta: ModelDelta): void => {
    deltas.push(clean(delta) as unknown as ModelDelta);
    onDelta?.(delta);
  };
  try {
    const response = await model.respond(request, onDelta === undefined ? { signal } : { signal, onDelta: listen });
    entry.response = clean(response) as unknown as ModelResponse;
    return response;
  } catch (error) {
    entry.error = clean(tapeError(error)) as unknown as TapedError;
    throw error;
  }
}

function recordedTool(tool: AnyTool, entries: CassetteEntry[], clean: Cleaner): AnyTool {
  return {
    ...tool,
    execute: async (input, context) => {
      const entry: Writable<ToolEntry> = { kind: 'tool', tool: tool.name, input: clean(input) };
      entries.push(entry);
      try {
        const result: unknown = await tool.execute(input, context);
        if (result !== undefined) entry.result = clean(result);
        return result;
      } catch (error) {
        entry.error = clean(tapeError(error)) as unknown as TapedError;
        throw error;
      }
    },
  };
}
