import type { ModelFinish, ModelUsage } from '@master-orchestrator/contracts';
import type { Fault } from './fault.js';
import type { ScriptedAnswer } from './scripted-answer.js';

/** A tool call with everything decided. */
export interface ContentCall {
  /** Id of the output item (Responses). */ readonly itemId: string;
  readonly callId: string;
  readonly name: string;
  readonly arguments: string | null;
}

/** A scripted answer with every default filled in: what both APIs render from. */
export interface AnswerContent {
  readonly id: string;
  readonly createdAt: number;
  readonly model: string;
  readonly reasoning: string | undefined;
  readonly text: string | undefined;
  readonly refusal: string | undefined;
  readonly calls: readonly ContentCall[];
  readonly finish: ModelFinish;
  readonly usage: ModelUsage | undefined;
  readonly chunkSize: number;
}

/** Where the numbers of an answer come from. */
export interface ContentSource {
  /** How many answers came before; makes the ids. */ readonly serial: number;
  /** Seconds since the Unix epoch. */ readonly createdAt: number;
  /** Model asked for. */ readonly model: string;
  readonly rawRequest: string;
}

/** Fills in what the script left out. Equal script and source give an equal answer. */
export function contentOf(answer: ScriptedAnswer, source: ContentSource): AnswerContent {
  const suffix = source.serial.toString(16).padStart(12, '0');
  const calls = (answer.toolCalls ?? []).map((call, index): ContentCall => {
    const number = `${suffix}${index.toString(16).padStart(2, '0')}`;
    return {
      itemId: `fc_${number}`,
      callId: callIdOf(answer.fault, call.callId ?? `call_${number}`),
      name: call.name,
      arguments: argumentsOf(answer, call.arguments),
    };
  });
  return {
    id: suffix,
    createdAt: source.createdAt,
    model: answer.model ?? source.model,
    reasoning: answer.reasoning,
    text: answer.text ?? (calls.length === 0 && answer.refusal === undefined ? '' : undefined),
    refusal: answer.refusal,
    calls,
    finish: answer.finish ?? finishOf(answer, calls.length),
    usage: answer.wire?.omitUsage === true ? undefined : usageOf(answer, calls, source.rawRequest),
    chunkSize: Math.max(1, answer.chunkSize ?? 16),
  };
}

/** Cuts a text into pieces of `size` characters, never inside a character. */
export function piecesOf(text: string, size: number): readonly string[] {
  const characters = Array.from(text);
  const pieces: string[] = [];
  for (let start = 0; start < characters.length; start += size) {
    pieces.push(characters.slice(start, start + size).join(''));
  }
  return pieces;
}

function callIdOf(fault: Fault | undefined, callId: string): string {
  return fault?.kind === 'duplicate-call-ids' ? (fault.callId ?? 'call_same') : callId;
}

function argumentsOf(answer: ScriptedAnswer, given: object | string): string | null {
  if (answer.fault?.kind === 'broken-arguments') return answer.fault.text ?? '{"broken": ';
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return answer.wire?.nullArguments === true && (text === '{}' || text === '') ? null : text;
}

function finishOf(answer: ScriptedAnswer, calls: number): ModelFinish {
  if (answer.refusal !== undefined) return 'refused';
  return calls > 0 ? 'tool_calls' : 'stop';
}

function usageOf(answer: ScriptedAnswer, calls: readonly ContentCall[], rawRequest: string): ModelUsage {
  const written = calls.reduce(
    (sum, call) => sum + call.name.length + (call.arguments ?? '').length,
    (answer.text ?? '').length + (answer.refusal ?? '').length,
  );
  const reasoningTokens = answer.usage?.reasoningTokens ?? tokens((answer.reasoning ?? '').length);
  return {
    inputTokens: answer.usage?.inputTokens ?? Math.max(1, tokens(rawRequest.length)),
    outputTokens: answer.usage?.outputTokens ?? Math.max(1, tokens(written)) + reasoningTokens,
    cachedInputTokens: answer.usage?.cachedInputTokens ?? 0,
    reasoningTokens,
  };
}

function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}
