import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ModelDelta, ModelDescription, ModelResponse } from '@master-orchestrator/contracts';
import { createRedactor, OrchestratorError, type Json, type SerializedError } from '@master-orchestrator/errors';
import { z } from 'zod';

/** What stands for an error on a cassette. */
export type TapedError = SerializedError | { readonly name: string; readonly message: string };

/** A call of the model with its end. */
export interface ModelEntry {
  readonly kind: 'model';
  readonly provider: string;
  readonly request: Json;
  /** What the provider counted before the call; budgets reserve by it. */ readonly countedTokens?: number;
  /** In order; calls that were not streamed have none. */ readonly deltas?: readonly ModelDelta[];
  readonly response?: ModelResponse;
  readonly error?: TapedError;
}

/** A call of a tool with its end. */
export interface ToolEntry {
  readonly kind: 'tool';
  readonly tool: string;
  readonly input: Json;
  /** Absent where the tool gave nothing. */ readonly result?: Json;
  readonly error?: TapedError;
}

/** One entry of a cassette, in the order in which the calls began. */
export type CassetteEntry = ModelEntry | ToolEntry;

/** What a cassette says of the provider that was recorded. */
export interface CassetteProvider {
  readonly name: string;
  readonly origin: string;
  readonly models?: readonly string[];
  readonly credentialId?: string;
  /** What it said of the models that were asked. */
  readonly descriptions: Readonly<Record<string, ModelDescription>>;
}

/** The content of the file. */
export interface CassetteContent {
  readonly version: 1;
  readonly provider?: CassetteProvider;
  readonly entries: readonly CassetteEntry[];
}

/** Takes secrets out of anything that is recorded or compared; gives plain JSON. */
export type Cleaner = (value: unknown) => Json;

/** How much one value may hold. A text over 262,144 characters is cut. */
const LIMITS = { maxDepth: 64, maxValues: 1_000_000, maxEntries: 1_000_000, maxTextLength: 262_144 };

/**
 * Makes the cleaner of a cassette: keys, tokens and passwords in their usual forms, and the given texts, become a mask.
 *
 * @param secrets - Texts that must not reach the file, wherever they stand.
 */
export function cassetteCleaner(secrets: readonly string[] = []): Cleaner {
  const { redact } = createRedactor({ ...LIMITS, secrets });
  return (value) => redact(plainJson(value));
}

const entrySchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('model'), provider: z.string(), request: z.json() }),
  z.looseObject({ kind: z.literal('tool'), tool: z.string(), input: z.json() }),
]);

const contentSchema = z.looseObject({ version: z.literal(1), entries: z.array(entrySchema) });

/** @throws OrchestratorError FILE_INVALID where it is no cassette. */
export async function readCassette(file: string | URL): Promise<CassetteContent> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const message = `The cassette "${pathOf(file)}" cannot be read. Record it first, with recordCassette().`;
    throw new OrchestratorError('FILE_INVALID', message, { cause });
  }
  const parsed = contentSchema.safeParse(content);
  if (parsed.success) return content as CassetteContent;
  const message = `"${pathOf(file)}" is no cassette of version 1: ${parsed.error.issues[0]?.message ?? 'wrong shape'}.`;
  throw new OrchestratorError('FILE_INVALID', message);
}

/** Writes whole or not at all. */
export async function writeCassette(file: string | URL, content: CassetteContent): Promise<void> {
  const path = pathOf(file);
  await writeFile(`${path}.tmp`, `${JSON.stringify(content, undefined, 2)}\n`);
  await rename(`${path}.tmp`, path);
}

/** An error as a cassette keeps it. */
export function tapeError(error: unknown): TapedError {
  if (OrchestratorError.isInstance(error)) return error.toJSON();
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}

/** The error a cassette kept. */
export function untapeError(taped: TapedError): Error {
  if ('code' in taped) return OrchestratorError.fromJSON(taped);
  return Object.assign(new Error(taped.message), { name: taped.name });
}

/** What JSON keeps of a value. */
function plainJson(value: unknown): Json {
  return (JSON.parse(JSON.stringify(value) ?? 'null') ?? null) as Json;
}

function pathOf(file: string | URL): string {
  return typeof file === 'string' ? file : fileURLToPath(file);
}
