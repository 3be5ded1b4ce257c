import { classifyResponse } from './classify-response.js';
import { classify } from './classify.js';
import type { ClassifyContext } from './classify-context.js';
import { readBody } from './internal/read-body.js';
import { isRecord, readNumber, readProperty, readString } from './internal/read-property.js';
import type { OrchestratorError } from './orchestrator-error.js';
import type { AnswerFlaw } from './recovery.js';

/** What an answer is held against. */
export interface AnswerExpectations {
  /** True where a schema was asked for: then a refusal is no valid answer. @default false */
  readonly isSchemaAsked?: boolean;
  /** Our own count of the input's tokens: far fewer at the server means that it dropped some without a word. */
  readonly inputTokens?: number;
}

/** Share of our own token count under which the server must have cut the input. */
const CUT_SHARE = 0.6;

/**
 * Looks at the body of a good answer in the form of Chat Completions or Responses: whether it is one, and complete.
 * Returns the error where it is not, else `undefined`.
 *
 * @param body - As text or parsed.
 */
export function judgeAnswer(
  body: unknown,
  expected: AnswerExpectations = {},
  context: ClassifyContext = {},
): OrchestratorError | undefined {
  const read = readBody(body);
  if (read.shape === 'error') return classifyResponse({ status: 200, body }, context);
  const flaw = flawOf(read.parsed, expected);
  return flaw === undefined ? undefined : classify(undefined, { source: 'model', ...context, flaw });
}

/** The parts of an answer that both forms have. */
interface AnswerSummary {
  readonly text: string;
  readonly refusal?: string | undefined;
  readonly callIds: readonly (string | undefined)[];
  readonly ending: 'complete' | 'length' | 'filter';
  readonly inputTokens?: number | undefined;
}

function flawOf(answer: unknown, expected: AnswerExpectations): AnswerFlaw | undefined {
  if (!isRecord(answer)) return 'not-json';
  const summary = Array.isArray(answer['choices']) ? readChat(answer) : readResponse(answer);
  if (summary === undefined) return 'missing-fields';
  const { text, refusal, callIds, ending, inputTokens } = summary;
  if (ending === 'filter') return 'filtered';
  if (ending === 'length') return callIds.length > 0 ? 'tool-call-truncated' : 'truncated';
  if (refusal !== undefined && expected.isSchemaAsked === true) return 'refused';
  if (text === '' && refusal === undefined && callIds.length === 0) return 'empty';
  if (isCut(inputTokens, expected.inputTokens)) return 'context-cut';
  return callIds.includes(undefined) || new Set(callIds).size < callIds.length ? 'tool-call-id' : undefined;
}

function isCut(counted: number | undefined, own: number | undefined): boolean {
  return counted !== undefined && own !== undefined && counted > 0 && counted < own * CUT_SHARE;
}

function readChat(answer: Record<string, unknown>): AnswerSummary | undefined {
  const choice: unknown = (answer['choices'] as unknown[])[0];
  const message = readProperty(choice, 'message');
  if (!isRecord(message)) return undefined;
  const finish = readString(choice, 'finish_reason');
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : [];
  return {
    text: contentText(message['content']),
    refusal: readString(message, 'refusal'),
    callIds: calls.map((call) => readString(call, 'id')),
    ending: finish === 'length' ? 'length' : finish === 'content_filter' ? 'filter' : 'complete',
    inputTokens: readNumber(answer['usage'], 'prompt_tokens'),
  };
}

function readResponse(answer: Record<string, unknown>): AnswerSummary | undefined {
  const output = answer['output'];
  if (!Array.isArray(output)) return undefined;
  const items: readonly unknown[] = output;
  const reason = readString(readProperty(answer, 'incomplete_details'), 'reason');
  const parts = items.flatMap((item): readonly unknown[] => {
    const content = readProperty(item, 'content');
    return readString(item, 'type') === 'message' && Array.isArray(content) ? content : [];
  });
  return {
    text: contentText(parts),
    refusal: parts.map((part) => readString(part, 'refusal')).find((text) => text !== undefined),
    callIds: items.filter(isToolCall).map((item) => readString(item, 'call_id')),
    ending: reason === 'max_output_tokens' ? 'length' : reason === 'content_filter' ? 'filter' : 'complete',
    inputTokens: readNumber(answer['usage'], 'input_tokens'),
  };
}

function isToolCall(item: unknown): boolean {
  const type = readString(item, 'type');
  return type === 'function_call' || type === 'custom_tool_call';
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => readString(part, 'text') ?? '').join('');
}
