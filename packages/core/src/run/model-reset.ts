import { optional } from '@master-orchestrator/contracts';
import type { OrchestratorError, RecoveryDecision } from '@master-orchestrator/errors';
import type { ModelOutcome } from '../models/model-gateway.js';
import type { ContextKeeper } from './context-keeper.js';
import type { RunContext } from './run-context.js';
import { textOf } from './transcript.js';

/** A question that the gateway could not get answered. */
export type FailedOutcome = Extract<ModelOutcome, { isOk: false }>;

/** What a reset changes beside the conversation. */
export interface ResetEffect {
  /** Beginning of an answer that is to be continued. */ readonly cutText?: string;
  /** Output limit from now on. */ readonly maxOutputTokens?: number;
}

/** What a reset needs to know of the run. */
export interface ResetFacts {
  readonly error: OrchestratorError;
  readonly window: ContextKeeper;
  readonly maxOutputTokens: number | undefined;
}

const CONTINUE =
  'Your answer was cut at the output limit. Continue exactly where it stopped, without repeating anything.';

/** Flaws with which an answer is worth more than none, and what is noted of them. */
const KEPT_FLAWS = new Map([
  ['OUTPUT_TRUNCATED', 'The answer was cut at the output limit of the model.'],
  ['CONTEXT_CUT_SILENTLY', 'The model has read only a part of the conversation.'],
]);

/** An answer with a flaw that is better than none: it is kept, and flagged. */
export function keptAnswer(
  context: RunContext,
  decision: RecoveryDecision,
  { response, model, usage }: FailedOutcome,
  error: OrchestratorError,
): Extract<ModelOutcome, { isOk: true }> | undefined {
  const isKept = KEPT_FLAWS.has(error.code) || (decision.action === 'skip' && decision.keepsAnswer === true);
  if (response === undefined || !isKept) return undefined;
  context.notes.push(KEPT_FLAWS.get(error.code) ?? `The answer has a flaw: ${error.message}`);
  const hasCalls = response.items.some((item) => item.type === 'tool-call');
  return { isOk: true, response: { ...response, finish: hasCalls ? 'tool_calls' : 'stop' }, model, usage };
}

/** Puts right what kept a model from answering: the conversation, the request or the connection. */
export async function resetModelCall(
  context: RunContext,
  decision: Extract<RecoveryDecision, { action: 'reset' }>,
  outcome: FailedOutcome,
  { error, window, maxOutputTokens }: ResetFacts,
): Promise<ResetEffect> {
  const { transcript, services } = context;
  const unchanged = optional({ maxOutputTokens });
  if (error.code === 'OUTPUT_TRUNCATED' && outcome.response !== undefined) {
    transcript.add(...outcome.response.items);
    transcript.note(CONTINUE);
    return { ...unchanged, cutText: textOf(outcome.response.items) };
  }
  switch (decision.scope) {
    case 'context':
      window.shortenAfter(error);
      return unchanged;
    case 'request':
      transcript.note(`${decision.hint ?? error.message} Answer again, with less at once.`);
      return optional({ maxOutputTokens: raisedLimit(context, outcome, maxOutputTokens) });
    case 'transcript':
      transcript.pair();
      return unchanged;
    case 'instructions':
      transcript.note(decision.hint ?? `${error.message} Correct this and go on.`);
      return unchanged;
    case 'connection':
    case 'component':
      await services.gateway.renew(services.models.target(outcome.model));
      return unchanged;
  }
}

/** Room for twice what did not suffice, as far as the model has it. */
function raisedLimit(
  { services, active }: RunContext,
  { response, model }: FailedOutcome,
  present = active.agent.definition.settings?.maxOutputTokens,
): number | undefined {
  const target = services.models.target(model);
  const written = Math.max(present ?? 0, response?.usage.outputTokens ?? 0);
  const most = target.provider.describe(target.model).maxOutputTokens ?? Number.POSITIVE_INFINITY;
  return written > 0 ? Math.min(most, 2 * written) : undefined;
}
