import type { AnyTool, ToolContext, ToolFetch } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { show } from './check.js';

/** How one execution of a tool ended. */
export type CallEnd =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'result'; readonly value: unknown; readonly input: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'hang' };

/** Bytes a result may have as JSON. */
const MAX_RESULT_BYTES = 1024 * 1024;

/** Checks arguments as the host does, then runs the tool. Never rejects, and leaves shared prototypes as they were. */
export async function callTool(
  tool: AnyTool,
  args: unknown,
  context: ToolContext,
  limitMs: number,
  onPolluted: (keys: readonly string[]) => void = () => {},
): Promise<CallEnd> {
  const restorePrototypes = watchPrototypes();
  try {
    const parsed = await tool.inputSchema.safeParseAsync(args);
    if (!parsed.success) return { kind: 'refused', message: parsed.error.message };
    return await limited(tool, parsed.data, context, limitMs);
  } catch (error) {
    return { kind: 'error', error };
  } finally {
    const added = restorePrototypes();
    if (added.length > 0) onPolluted(added);
  }
}

async function limited(tool: AnyTool, input: unknown, context: ToolContext, limitMs: number): Promise<CallEnd> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<CallEnd>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'hang' }), limitMs);
  });
  try {
    return await Promise.race([executed(tool, input, context), limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function executed(tool: AnyTool, input: unknown, context: ToolContext): Promise<CallEnd> {
  try {
    return { kind: 'result', value: await tool.execute(input as never, context), input };
  } catch (error) {
    return { kind: 'error', error };
  }
}

/** Says what is wrong with the end of a call, or `undefined` where a host could work with it. */
export function problemOfEnd(tool: AnyTool, end: CallEnd, limitMs: number): string | undefined {
  if (end.kind === 'hang') return `gave no answer within ${limitMs} ms`;
  if (end.kind === 'error') return problemOfError(end.error);
  return end.kind === 'result' ? problemOfResult(tool, end.value) : undefined;
}

/** A failure must have a code; a plain error tells the host nothing. */
export function problemOfError(error: unknown): string | undefined {
  if (!OrchestratorError.isInstance(error)) return `threw an error without a code: ${show(error)}`;
  return error.message.trim() === '' ? `threw ${error.code} without a message` : undefined;
}

function problemOfResult(tool: AnyTool, value: unknown): string | undefined {
  const lost = lostInJson(value);
  if (lost !== undefined) return `gave a result that JSON cannot hold (${lost})`;
  const size = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (size > MAX_RESULT_BYTES) return `gave a result of ${size} bytes; at most ${MAX_RESULT_BYTES} are taken`;
  const checked = tool.outputSchema?.safeParse(value);
  if (checked?.success === false) return `gave a result that does not fit its outputSchema: ${checked.error.message}`;
  return undefined;
}

/** Names what of a value would be lost or refused by JSON. */
function lostInJson(value: unknown, path = 'result', above: readonly object[] = []): string | undefined {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
    return `${path} is a ${typeof value}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.includes(value)) return `${path} holds itself`;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return undefined;
  if (value instanceof Map || value instanceof Set || value instanceof Error)
    return `${path} is a ${value.constructor.name}`;
  for (const [key, child] of Object.entries(value)) {
    const lost = lostInJson(child, `${path}.${key}`, [...above, value]);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

/** A network where every connection is refused, as the host reports it. */
export const refusingFetch: ToolFetch = async (url) => {
  const message = `The connection to "${new URL(url).host}" was refused.`;
  throw new OrchestratorError('CONNECTION_FAILED', message, { isRetryable: true, isReplaySafe: true });
};

/** A network where nobody ever answers; only the signal ends a request. */
export const hangingFetch: ToolFetch = (_url, init) =>
  new Promise((_resolve, reject) => {
    const fail = (): void => reject(new OrchestratorError('CANCELLED', 'The request was cancelled.'));
    if (init?.signal?.aborted === true) fail();
    else init?.signal?.addEventListener('abort', fail, { once: true });
  });

/** Prototypes that everything shares; a key that appears on one of them is seen everywhere. */
const SHARED: readonly (readonly [string, object])[] = [
  ['Object.prototype', Object.prototype],
  ['Array.prototype', Array.prototype],
  ['Function.prototype', Function.prototype],
  ['String.prototype', String.prototype],
  ['Promise.prototype', Promise.prototype],
];

/** Remembers the shared prototypes; the returned function names what was added since, and takes it away again. */
function watchPrototypes(): () => readonly string[] {
  const before = SHARED.map(([, prototype]) => new Set(Reflect.ownKeys(prototype)));
  return () =>
    SHARED.flatMap(([name, prototype], index) =>
      Reflect.ownKeys(prototype)
        .filter((key) => before[index]?.has(key) === false)
        .map((key) => {
          Reflect.deleteProperty(prototype, key);
          return `${name}.${String(key)}`;
        }),
    );
}
