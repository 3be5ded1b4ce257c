import type {
  MessageItem,
  ModelItem,
  ModelRequest,
  ToolCallItem,
  ToolResultItem,
} from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { parseJson } from './data/json-values.js';
import { joinResults, readResult, type Unread } from './join-results.js';
import { readBriefing, type GivenResult } from './text/briefing.js';

/** A tool call of the conversation with its answer. */
export interface CallRecord {
  readonly name: string;
  /** Parsed; `undefined` where the text was no JSON. */ readonly arguments: Json | undefined;
  /** Absent while there is no answer. */
  readonly result?: {
    readonly text: string;
    /** Parsed where the text is JSON, as far as it goes where it was cut. */ readonly value: Json | undefined;
    readonly isError: boolean;
    /** What of a long result was not shown yet. */ readonly unread?: Unread;
  };
}

/** A text file that came with a message. */
export interface Attachment {
  readonly name: string;
  readonly text: string;
}

/** What a request says, by role. */
export interface Conversation {
  readonly instructions: string;
  /** What the run is about: the last words of the user that are no correction of an answer, without given results. */
  readonly goal: string;
  /** Results of others that came with the goal. */ readonly given: readonly GivenResult[];
  /** True where these results are to be put together, and nothing else is to be done. */ readonly isClosing: boolean;
  /** The goal and what came with it, as written. */ readonly message: string;
  /** What the user said before, oldest first. */ readonly background: readonly string[];
  /** Words of the host after the goal, for example that a budget is nearly used up. */ readonly notes: readonly string[];
  /** Since the goal. */ readonly calls: readonly CallRecord[];
  /** Before the goal. */ readonly earlierCalls: readonly CallRecord[];
  readonly attachments: readonly Attachment[];
}

const CORRECTION =
  /\b(schema|valid json|validation|did not (match|fit|validate|parse)|must be (an? )?(object|array|json))\b/i;

/** Reads a request. */
export function readConversation(request: Pick<ModelRequest, 'instructions' | 'items' | 'outputSchema'>): Conversation {
  const { items } = request;
  const goalAt = goalIndexes(items, request.outputSchema !== undefined);
  const first = goalAt[0] ?? items.length;
  const last = goalAt.at(-1) ?? -1;
  const users = items.filter(isUser);
  const message = goalAt.map((at) => textOf(items[at])).join('\n\n');
  const { ask, given, isClosing } = readBriefing(message);
  return {
    instructions: [request.instructions ?? '', ...systemTexts(items.slice(0, last + 1))].filter(Boolean).join('\n'),
    goal: ask,
    given,
    isClosing,
    message,
    background: items.slice(0, first).filter(isUser).map(textOf),
    notes: systemTexts(items.slice(last + 1)),
    calls: callsOf(items.slice(last + 1), items),
    earlierCalls: callsOf(items.slice(0, first), items),
    attachments: users.flatMap(attachmentsOf),
  };
}

/** The last user message and those directly before it; a correction of an answer is stepped over. */
function goalIndexes(items: readonly ModelItem[], hasSchema: boolean): number[] {
  let at = items.findLastIndex((item, index) => isUser(item) && !(hasSchema && isCorrection(items, index)));
  const indexes: number[] = [];
  for (; at >= 0 && isUser(items[at]); at--) indexes.unshift(at);
  return indexes;
}

function isCorrection(items: readonly ModelItem[], at: number): boolean {
  const before = items[at - 1];
  const followsAnswer = before?.type === 'message' && before.role === 'assistant';
  return followsAnswer && CORRECTION.test(textOf(items[at])) && items.slice(0, at).some(isUser);
}

function isUser(item: ModelItem | undefined): item is MessageItem {
  return item?.type === 'message' && item.role === 'user';
}

function systemTexts(items: readonly ModelItem[]): string[] {
  return items.filter((item) => item.type === 'message' && item.role === 'system').map(textOf);
}

/** The words of a message; images and files have none. */
export function textOf(item: ModelItem | undefined): string {
  if (item?.type !== 'message') return '';
  if (typeof item.content === 'string') return item.content;
  return item.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function attachmentsOf(message: MessageItem): Attachment[] {
  if (typeof message.content === 'string') return [];
  return message.content.flatMap((part) => {
    if (part.type !== 'file' || part.data === undefined) return [];
    const text = decodeDataUrl(part.data);
    return text === undefined ? [] : [{ name: part.name, text }];
  });
}

/** The text of a `data:` URL, `undefined` where it holds bytes that are no text. */
function decodeDataUrl(url: string): string | undefined {
  const match = /^data:[^,]*?(;base64)?,/.exec(url);
  if (match === null) return undefined;
  const body = url.slice(match[0].length);
  const bytes = match[1] === undefined ? Buffer.from(safeDecode(body)) : Buffer.from(body, 'base64');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\u0000') ? undefined : text;
  } catch {
    return undefined;
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function callsOf(items: readonly ModelItem[], all: readonly ModelItem[]): CallRecord[] {
  const results = new Map(
    all.filter((item): item is ToolResultItem => item.type === 'tool-result').map((item) => [item.callId, item]),
  );
  const calls = items.filter((item): item is ToolCallItem => item.type === 'tool-call');
  return joinResults(calls.map((call) => recordOf(call, results.get(call.callId))));
}

function recordOf(call: ToolCallItem, result: ToolResultItem | undefined): CallRecord {
  const record = { name: call.name, arguments: parseJson(call.arguments) };
  return result === undefined ? record : { ...record, result: readResult(result) };
}
