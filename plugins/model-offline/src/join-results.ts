import type { ToolResultItem } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { CallRecord } from './conversation.js';
import { isRecord, parseJson, parseJsonBeginning } from './data/json-values.js';

/** What of a long result is still to be read. */
export interface Unread {
  /** Tool that reads on, and what it takes beside the offset. */ readonly tool: string;
  readonly arguments: { readonly [key: string]: Json };
  /** Characters known so far, from the beginning. */ readonly known: number;
  readonly total: number;
  /** Characters that one reading gave; absent before the first one. */ readonly step?: number;
}

const CUT =
  /\n\[Only the first (\d+) of (\d+) characters are shown\.(?: Call ([\w-]+) with (\{[^\n]*?\}) to read on\.)?[^\n]*\]\s*$/;
const PART_END = /\n\[Characters \d+ to \d+ of \d+\.[^\n]*\]\s*$/;

/** A result as it was given; where only its beginning was shown, what is left. */
export function readResult({ output, isError = false }: ToolResultItem): NonNullable<CallRecord['result']> {
  const cut = CUT.exec(output);
  if (cut === null || isError) return { text: output, value: valueOf(output), isError };
  const text = output.slice(0, cut.index);
  const how = parseJson(cut[4] ?? '');
  const head = { text, value: valueOf(text), isError };
  if (cut[3] === undefined || !isRecord(how)) return head;
  return { ...head, unread: { tool: cut[3], arguments: how, known: Number(cut[1]), total: Number(cut[2]) } };
}

/** The calls with what was read on put behind their results; the readings themselves are left out. */
export function joinResults(calls: readonly CallRecord[]): CallRecord[] {
  const readers = new Set(calls.flatMap(({ result }) => result?.unread?.tool ?? []));
  return calls.filter(({ name }) => !readers.has(name)).map((call) => joined(call, calls));
}

function joined(call: CallRecord, calls: readonly CallRecord[]): CallRecord {
  const { result } = call;
  if (result?.unread === undefined) return call;
  const { unread } = result;
  const parts = partsOf(unread, calls);
  const failed = calls.some((one) => isReadingOf(one, unread) && one.result?.isError === true);
  let { text } = result;
  for (let part = parts.get(text.length); part !== undefined && part !== ''; part = parts.get(text.length))
    text += part;
  const { unread: _unread, ...rest } = result;
  const whole = { ...rest, text, value: valueOf(text) };
  if (failed || text.length >= unread.total) return { ...call, result: whole };
  const step = parts.get(unread.known)?.length;
  return {
    ...call,
    result: { ...whole, unread: { ...unread, known: text.length, ...(step === undefined ? {} : { step }) } },
  };
}

/** Texts that were read on, by the offset at which they begin. */
function partsOf(unread: Unread, calls: readonly CallRecord[]): Map<number, string> {
  const parts = new Map<number, string>();
  for (const call of calls) {
    if (!isReadingOf(call, unread) || call.result === undefined || call.result.isError || !isRecord(call.arguments))
      continue;
    const { offset } = call.arguments;
    if (typeof offset === 'number') parts.set(offset, call.result.text.replace(PART_END, ''));
  }
  return parts;
}

function isReadingOf(call: CallRecord, unread: Unread): boolean {
  const { arguments: args } = call;
  return (
    call.name === unread.tool &&
    isRecord(args) &&
    Object.entries(unread.arguments).every(([key, value]) => key === 'offset' || args[key] === value)
  );
}

function valueOf(text: string): Json | undefined {
  return parseJson(text) ?? parseJsonBeginning(text);
}
