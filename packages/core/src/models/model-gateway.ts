import type {
  EventData,
  EventType,
  ModelDelta,
  ModelItem,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  ModelUsage,
  Writable,
} from '@master-orchestrator/contracts';
import { addUsage, NO_USAGE, optional } from '@master-orchestrator/contracts';
import {
  isCancelled,
  OrchestratorError,
  sleep,
  type Clock,
  type ErrorHandler,
  type PlanCursorState,
  type RecoveryDecision,
  type SecretMask,
  type SerializedError,
} from '@master-orchestrator/errors';
import type { BudgetLedger, Held } from '../budgets/budget-ledger.js';
import { plainConstructor } from '../events/plain-constructor.js';
import { cutSilently, inspectAnswer, mayBeCut } from './answer-check.js';
import { countTokens, usageOfLost } from './lost-usage.js';
import type { ModelGuards } from './model-guards.js';
import type { ModelTarget } from './model-registry.js';
import type { PriceBook } from './price-book.js';
import type { StepRecovery } from '../run/step-recovery.js';

type RespondOptions = Parameters<ModelProvider['respond']>[1];

/** Publishes an event of the run that asks. */
export type Emit = <Type extends EventType>(type: Type, data: EventData[Type]) => void;

/** One question of a run, for the gateway to get answered. */
export interface ModelAsk {
  readonly turn: number;
  /** In order of preference. */ readonly targets: readonly ModelTarget[];
  readonly request: Omit<ModelRequest, 'model'>;
  readonly recovery: StepRecovery;
  readonly signal: AbortSignal;
  /** Budget node that pays. */ readonly budget: string;
  readonly isStreamed: boolean;
  /** Length of the conversation's text. @default not known */ readonly characters?: number;
  readonly emit: Emit;
  /** Told what was used where the run is stopped and no outcome comes back. */
  onStopped(usage: ModelUsage, costUsd: number | undefined): void;
}

/** What came of a question. Plain data: it is kept in the journal. */
export type ModelOutcome =
  | {
      readonly isOk: true;
      readonly response: ModelResponse;
      /** Label of the model that answered. */ readonly model: string;
      readonly usage: ModelUsage;
      readonly costUsd?: number;
    }
  | {
      readonly isOk: false;
      readonly error: SerializedError;
      /** What the runner must do; never an in-place retry or fallback. */ readonly decision: RecoveryDecision;
      /** Where the recovery stands, for a later delivery. */ readonly recovery?: PlanCursorState;
      /** The unusable answer, where there was one. */ readonly response?: ModelResponse;
      readonly model: string;
      readonly usage: ModelUsage;
      readonly costUsd?: number;
    };

/** Collaborators of a {@link ModelGateway}. */
export interface ModelGatewayParts {
  readonly clock: Clock;
  readonly errors: ErrorHandler;
  readonly guards: ModelGuards;
  readonly prices: PriceBook;
  readonly budgets: BudgetLedger;
  /** Takes secrets out of answers, before they are kept and acted upon. */ readonly mask: SecretMask;
}

/** One attempt under way. */
interface Attempt {
  readonly target: ModelTarget;
  readonly request: ModelRequest;
  readonly head: { readonly turn: number; readonly model: string; readonly attempt: number };
  /** What came of the answer as a stream. */ received: string;
  /** What an answer that was lost on its way has used, as estimated. */ lost: ModelUsage | undefined;
}

/** Failures after which the provider has probably worked, and counted, all the same. */
const LOST_ON_THE_WAY = new Set([
  'RESPONSE_TIMEOUT',
  'STREAM_CUT',
  'STREAM_MALFORMED',
  'RESPONSE_MALFORMED',
  'RESPONSE_TOO_LARGE',
]);
/** A shorter answer helps nobody, and providers take no smaller bound. */
const LEAST_OUTPUT = 16;

interface Spent {
  usage: ModelUsage;
  costUsd: number | undefined;
}

/**
 * Gets questions answered: budget, limiter, breaker, attempt, and whatever of the recovery plan can be done on the spot
 * (retries in place, the next model). What cannot is handed back to the run as a decision.
 */
export class ModelGateway {
  readonly #parts: ModelGatewayParts;

  constructor(parts: ModelGatewayParts) {
    this.#parts = parts;
  }

  /** @throws OrchestratorError only CANCELLED and the run's own time limits; every other failure is an outcome. */
  async ask(ask: ModelAsk): Promise<ModelOutcome> {
    const spent: Spent = { usage: NO_USAGE, costUsd: 0 };
    let target = this.#firstAdmitted(ask.targets);
    let failure: OrchestratorError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const tried = await this.#attempt(ask, target, attempt, spent);
      if (tried.error === undefined) {
        ask.recovery.succeed(target.label);
        const { usage, costUsd } = spent;
        const outcome: Writable<Extract<ModelOutcome, { isOk: true }>> = {
          isOk: true,
          response: tried.response as ModelResponse,
          model: target.label,
          usage,
        };
        if (costUsd !== undefined) outcome.costUsd = costUsd;
        return outcome;
      }
      // An open breaker is the consequence of what went wrong before: that is what the task ends with.
      failure = failure !== undefined && tried.error.code === 'BREAKER_OPEN' ? failure : tried.error;
      const decision = ask.recovery.decide(tried.error, target.label);
      if (decision.action === 'retry' && decision.isParked !== true) {
        await sleep(this.#parts.clock, decision.delayMs, ask.signal);
        this.#restart(ask, target, attempt + 1, tried.error);
        continue;
      }
      const next =
        decision.action === 'fallback' && 'target' in decision
          ? ask.targets.find(({ label }) => label === decision.target)
          : undefined;
      if (next !== undefined) {
        target = next;
        this.#restart(ask, target, attempt + 1, tried.error);
        continue;
      }
      if (isTextVoid(tried.error, decision)) this.#restart(ask, target, attempt + 1, tried.error);
      const error = ask.recovery.finalError(failure, decision);
      return {
        isOk: false,
        error: error.toJSON(),
        decision,
        model: target.label,
        ...plain(spent),
        ...optional({ response: tried.response, recovery: ask.recovery.state }),
      };
    }
  }

  /** Readers of a stream are told that its text begins anew. */
  #restart(
    { turn, isStreamed, emit }: ModelAsk,
    { label }: ModelTarget,
    attempt: number,
    { code }: OrchestratorError,
  ): void {
    if (isStreamed) emit('model-call-restart', { turn, model: label, attempt, reason: code });
  }

  /** Labels of the targets whose breakers let a question through now. */
  admitted(targets: readonly ModelTarget[]): readonly string[] {
    return targets.filter((target) => this.#parts.guards.admits(target)).map(({ label }) => label);
  }

  /** A person wants this model asked again, whatever its breakers say. */
  readmit(target: ModelTarget): void {
    this.#parts.guards.readmit(target);
  }

  /** Lets a model's provider open new connections. */
  async renew(target: ModelTarget): Promise<void> {
    await target.provider.reset?.();
  }

  /** While the breaker of a model is open, questions go to the next one at once. */
  #firstAdmitted(targets: readonly ModelTarget[]): ModelTarget {
    return targets.find((target) => this.#parts.guards.admits(target)) ?? (targets[0] as ModelTarget);
  }

  async #attempt(
    ask: ModelAsk,
    target: ModelTarget,
    attempt: number,
    spent: Spent,
  ): Promise<{ response?: ModelResponse; error?: OrchestratorError }> {
    const { clock } = this.#parts;
    const startedAt = clock.monotonic();
    const head = { turn: ask.turn, model: target.label, attempt };
    const request = requestTo(target.model, ask.request);
    const under: Attempt = { target, request, head, received: '', lost: undefined };
    try {
      const response = await this.#send(ask, under);
      const { usage } = response;
      const costUsd = this.#spend(spent, target, usage);
      const ended: Writable<EventData['model-call-end']> = {
        turn: ask.turn,
        model: target.label,
        attempt,
        outcome: 'ok',
        durationMs: clock.monotonic() - startedAt,
        usage,
        finish: response.finish,
      };
      if (costUsd !== undefined) ended.costUsd = costUsd;
      ask.emit('model-call-end', ended);
      const error =
        inspectAnswer(response, target.label, ask.request.outputSchema !== undefined) ??
        (mayBeCut(ask, response) ? await cutSilently(target, request, response) : undefined);
      return error === undefined ? { response } : { response, error };
    } catch (cause) {
      const error = this.#parts.errors.classify(cause, {
        signal: ask.signal,
        source: 'model',
        what: `Model "${target.label}"`,
      });
      const outcome = isCancelled(error) ? 'cancelled' : 'error';
      const { lost: usage } = under;
      const costUsd = usage === undefined ? undefined : this.#spend(spent, target, usage);
      ask.emit('model-call-end', {
        ...head,
        outcome,
        durationMs: clock.monotonic() - startedAt,
        error: error.toJSON(),
        ...optional({ usage, costUsd }),
      });
      if (!ask.signal.aborted) return { error };
      ask.onStopped(spent.usage, spent.costUsd);
      throw error;
    }
  }

  #spend(spent: Spent, target: ModelTarget, usage: ModelUsage): number | undefined {
    const costUsd = this.#parts.prices.costOf(target, usage);
    spent.usage = addUsage(spent.usage, usage);
    spent.costUsd = spent.costUsd === undefined || costUsd === undefined ? undefined : spent.costUsd + costUsd;
    return costUsd;
  }

  async #send(ask: ModelAsk, under: Attempt): Promise<ModelResponse> {
    const { target, request } = under;
    const { guards } = this.#parts;
    const tokens = guards.limitsTokens(target) ? await countTokens(target, request) : 0;
    const permit = guards.tryEnter(target, tokens) ?? (await guards.enter(target, ask.signal, tokens));
    let counted: OrchestratorError | undefined;
    let response: ModelResponse | undefined;
    try {
      const { reservation, bounded } = this.#parts.budgets.isBounded(ask.budget)
        ? await this.#reserve(ask, target, request)
        : { reservation: undefined, bounded: request };
      ask.emit('model-call-start', under.head);
      try {
        const { rules } = this.#parts.errors;
        const options: Writable<RespondOptions> = { signal: ask.signal };
        if (ask.isStreamed) options.onDelta = (delta) => take(ask, under, delta);
        if (rules.length > 0) options.errorRules = rules;
        const answer = await target.provider.respond(bounded, options);
        response = this.#masked(answer);
        return response;
      } catch (error) {
        counted = this.#parts.errors.classify(error, {
          signal: ask.signal,
          source: 'model',
          breakerKey: target.key,
          what: `Model "${target.label}"`,
        });
        if (ask.signal.aborted || under.received !== '' || LOST_ON_THE_WAY.has(counted.code))
          under.lost = await usageOfLost(target, bounded, ask.isStreamed ? under.received : undefined);
        throw counted;
      } finally {
        if (reservation !== undefined) await this.#settle(reservation, target, response?.usage ?? under.lost);
      }
    } finally {
      permit.release(counted, response?.limits);
    }
  }

  async #settle(reservation: Held, target: ModelTarget, used: ModelUsage | undefined): Promise<void> {
    await reservation.settle({
      tokens: used === undefined ? 0 : used.inputTokens + used.outputTokens,
      requests: 1,
      costUsd: used === undefined ? 0 : this.#parts.prices.costOf(target, used),
    });
  }

  /** A copy of the answer without secrets. What a provider keeps for itself must come back to it as it was. */
  #masked({ items, usage, finish, responseId, model, limits }: ModelResponse): ModelResponse {
    const kept: ModelItem[] = [];
    for (const item of items) kept.push(item.type === 'provider-item' ? item : this.#parts.mask(item));
    const answer: Writable<ModelResponse> = { items: kept, usage, finish };
    if (responseId !== undefined) answer.responseId = responseId;
    if (model !== undefined) answer.model = model;
    if (limits !== undefined) answer.limits = limits;
    return answer;
  }

  /** Reserves the worst case: the input as estimated and the longest answer allowed, cut to what the budget has left. */
  async #reserve(
    ask: ModelAsk,
    target: ModelTarget,
    request: ModelRequest,
  ): Promise<{ reservation: Held; bounded: ModelRequest }> {
    const { budgets, prices } = this.#parts;
    await budgets.refresh(ask.budget);
    const inputTokens = await countTokens(target, request);
    const price = prices.priceOf(target);
    const left = budgets.left(ask.budget);
    const known = target.provider.describe(target.model).maxOutputTokens;
    let outputTokens = request.settings.maxOutputTokens ?? known ?? 4_096;
    if (left.tokens !== undefined) outputTokens = Math.min(outputTokens, left.tokens - inputTokens);
    if (left.costUsd !== undefined && price !== undefined && price.outputPerMillion > 0) {
      const forOutput = left.costUsd - (inputTokens * price.inputPerMillion) / 1e6;
      outputTokens = Math.min(outputTokens, Math.floor((forOutput / price.outputPerMillion) * 1e6));
    }
    outputTokens = Math.max(
      Math.min(LEAST_OUTPUT, request.settings.maxOutputTokens ?? LEAST_OUTPUT),
      Math.floor(outputTokens),
    );
    const costUsd =
      price === undefined
        ? undefined
        : (inputTokens * price.inputPerMillion + outputTokens * price.outputPerMillion) / 1e6;
    const reservation = await budgets.hold(
      ask.budget,
      { tokens: inputTokens + outputTokens, requests: 1, costUsd },
      ask.emit,
    );
    return { reservation, bounded: { ...request, settings: { ...request.settings, maxOutputTokens: outputTokens } } };
  }
}

/** The question as a model gets it. The usual one has nothing but these fields; copied one by one, it keeps its shape. */
function requestTo(model: string, asked: ModelAsk['request']): ModelRequest {
  const { instructions, items, tools, settings, toolChoice, outputSchema, previousResponseId } = asked;
  const request: Writable<ModelRequest> = { model, items, tools, settings };
  if (instructions !== undefined) request.instructions = instructions;
  if (toolChoice !== undefined) request.toolChoice = toolChoice;
  if (outputSchema !== undefined) request.outputSchema = outputSchema;
  if (previousResponseId !== undefined) request.previousResponseId = previousResponseId;
  return request;
}

/** What a reader has seen of a failed attempt is void, unless the answer is kept or continued. */
function isTextVoid({ code }: OrchestratorError, { action }: RecoveryDecision): boolean {
  return code !== 'OUTPUT_TRUNCATED' && (action === 'retry' || action === 'reset' || action === 'fallback');
}

function take(ask: ModelAsk, under: Attempt, delta: ModelDelta): void {
  const { turn, emit } = ask;
  const { type: kind, text } = delta;
  under.received += text;
  emit(
    'model-call-delta',
    kind === 'tool-arguments'
      ? { turn, kind, text, callId: delta.callId }
      : (new DeltaData(turn, kind, text) as unknown as EventData['model-call-delta']),
  );
}

const DeltaData = plainConstructor(function (
  this: Record<string, unknown>,
  turn: number,
  kind: ModelDelta['type'],
  text: string,
) {
  this['turn'] = turn;
  this['kind'] = kind;
  this['text'] = text;
});

function plain(spent: Spent): { usage: ModelUsage; costUsd?: number } {
  return { usage: spent.usage, ...optional({ costUsd: spent.costUsd }) };
}
