import {
  optional,
  type MessageItem,
  type ModelItem,
  type ModelSettings,
  type ModelUsage,
  type RunState,
  type ToolCallItem,
  type Writable,
} from '@master-orchestrator/contracts';
import { OrchestratorError, type Json, type RecoveryDecision } from '@master-orchestrator/errors';
import { READ_TOOL_RESULT } from '@master-orchestrator/tools';
import type { ModelOutcome } from '../models/model-gateway.js';
import type { ModelTarget } from '../models/model-registry.js';
import { spend, type StoredResult } from '../tasks/task-book.js';
import { collectBackground } from './child-tasks.js';
import { askPerson } from './escalation.js';
import { ContextKeeper } from './context-keeper.js';
import { checkGuardrails, startGuardrails, type Judging } from './guardrails.js';
import { LoopGuard, type LoopVerdict } from './loop-guard.js';
import { answerOf, asText } from './given-answer.js';
import { outputShapeOf, readOutput, schemaFromJson, type OutputShape } from './output-shape.js';
import type { RunContext } from './run-context.js';
import { keptAnswer, resetModelCall, type FailedOutcome } from './model-reset.js';
import { otherModels, recoveryOfModelCall, takeOverAs, targetsFrom } from './model-fallbacks.js';
import type { StepRecovery, StepRecoveryFacts } from './step-recovery.js';
import { settleFatal } from './settle-fatal.js';
import { runToolCalls, type TurnCalls } from './tool-calls.js';
import { refusalOf, textOf } from './transcript.js';

const LAST_TURN =
  'This is your last turn: do not call tools any more. Give your final answer now with what you have, and say what is missing.';
const WRAP_UP =
  'The budget of this task is nearly used up. Finish now: call no tool that you do not need, and give your answer.';

/** What a model is asked, whichever it is. */
interface Question {
  readonly instructions: string;
  readonly items: readonly ModelItem[];
  readonly tools: RunContext['active']['toolSpecs'];
  readonly settings: ModelSettings;
  readonly toolChoice?: 'none';
  readonly outputSchema?: OutputShape['forModel'];
  readonly previousResponseId?: string;
}

/** One agent at work on one task: turn after turn, until there is an answer. */
export class AgentRun {
  readonly #context: RunContext;
  readonly #loops: LoopGuard;
  readonly #window: ContextKeeper;
  readonly #shape: OutputShape | undefined;
  /** Turns it has at first, and again each time a person gives it more. */ readonly #turnsGiven: number;
  #turnLimit: number;
  #outputRecovery: StepRecovery | undefined;
  #loopRecovery: StepRecovery | undefined;
  #turnRecovery: StepRecovery | undefined;
  #cutText = '';
  #responseId: string | undefined;
  #lastCalls: TurnCalls['calls'] = [];
  #isWarnedOfBudget = false;
  /** Model that is asked first from now on, after another one could not give the answer wanted. */
  #firstModel: string | undefined;
  /** Output limit that was raised after a tool call had been cut at it. */ #maxOutputTokens: number | undefined;

  constructor(context: RunContext) {
    this.#context = context;
    this.#window = new ContextKeeper(context);
    const { task, active, services } = context;
    const stored = task.record.outputSchema;
    const schema =
      task.outputSchema ?? (stored === undefined ? active.agent.definition.outputSchema : schemaFromJson(stored));
    this.#shape = schema === undefined ? undefined : outputShapeOf(schema);
    this.#turnsGiven = active.agent.definition.limits?.turns ?? services.settings.turns;
    this.#turnLimit = this.#turnsGiven;
    this.#loops = new LoopGuard(services.settings.repeatsBeforeLoop);
  }

  /** @throws OrchestratorError where the task fails */
  async execute(): Promise<StoredResult> {
    const { inputGuardrails = [] } = this.#context.active.agent.definition;
    if (inputGuardrails.length === 0) return this.#turns(undefined);
    await checkGuardrails(this.#context, 'input', this.#state());
    const judging = startGuardrails(this.#context, this.#state());
    try {
      return await this.#turns(judging);
    } finally {
      judging?.stop();
    }
  }

  async #turns(judging: Judging | undefined): Promise<StoredResult> {
    for (;;) {
      const { services, active } = this.#context; // a handoff changes the agent
      const limitMs = active.agent.definition.limits?.turnTimeoutMs ?? services.settings.turnTimeoutMs;
      const ended = await (limitMs === undefined ? this.#turn(judging) : this.#timedTurn(judging, limitMs));
      if (ended !== undefined) return ended;
    }
  }

  /** One turn: the model's answer and what follows from it. Gives the result where the run ends. */
  async #turn(judging: Judging | undefined): Promise<StoredResult | undefined> {
    this.#context.turn += 1;
    const { turn, events } = this.#context;
    events.hold('turn-start', { turn });
    const outcome = await this.#ask();
    if (judging !== undefined) await judging.passed();
    const calls = this.#context.transcript.addAnswer(outcome.response.items);
    this.#window.observe(outcome.response.usage);
    this.#responseId = outcome.response.responseId;
    const ended =
      calls.length === 0 ? await this.#finish(outcome) : await this.#callTools(calls, textOf(outcome.response.items));
    events.hold('turn-end', { turn, finish: outcome.response.finish, toolCalls: calls.length });
    return ended;
  }

  /** A turn that is held to a time limit. */
  async #timedTurn(judging: Judging | undefined, limitMs: number): Promise<StoredResult | undefined> {
    const { services, active, abort } = this.#context;
    const { name } = active.agent.definition;
    const cancel = services.clock.setTimer(limitMs, () =>
      abort(
        new OrchestratorError(
          'TURN_TIMEOUT',
          `A turn of agent "${name}" took longer than ${limitMs} ms. Raise limits.turnTimeoutMs, or give it quicker tools.`,
        ),
      ),
    );
    try {
      return await this.#turn(judging);
    } finally {
      cancel();
    }
  }

  /** Asks the model until there is a usable answer; recovers as the plans say. */
  async #ask(firstPart = 1): Promise<Extract<ModelOutcome, { isOk: true }>> {
    const { turn } = this.#context;
    const { beforeTurn } = this.#context.active.agent.definition;
    const edit = beforeTurn === undefined ? undefined : await beforeTurn(this.#state());
    if (edit?.items !== undefined) {
      this.#context.transcript.replace(edit.items);
      this.#window.reset();
    }
    const targets = this.#targets(edit?.model);
    const recovery = recoveryOfModelCall(this.#context, targets);
    this.#window.fit(targets[0], this.#request(edit?.instructions, edit?.tools, edit?.settings));
    for (let part = firstPart; ; part += 1) {
      const key = part === 1 ? `t${turn}/model` : `t${turn}/model#${part}`;
      const request = this.#request(edit?.instructions, edit?.tools, edit?.settings);
      const outcome = await this.#context.step<ModelOutcome>(key, { repeat: 'harmless', isCostly: true }, () =>
        this.#context.services.gateway.ask({
          turn,
          targets,
          request,
          recovery,
          signal: this.#context.signal,
          budget: budgetOf(this.#context),
          isStreamed: this.#context.task.record.isStreamed === true,
          characters: this.#context.transcript.characters,
          emit: (type, data) => this.#context.events.emit(type, data),
          onStopped: (usage, costUsd) => this.#spend(usage, costUsd),
        }),
      );
      this.#spend(outcome.usage, outcome.costUsd);
      if (outcome.isOk) return this.#joined(outcome);
      recovery.restore(outcome.recovery);
      const { decision } = outcome;
      if (decision.action === 'fallback' && 'target' in decision && takeOverAs(this.#context, decision.target)) {
        this.#window.reset();
        return this.#ask(part + 1); // the agent that took over has models and a plan of its own
      }
      const usable = await this.#recover(outcome, `${key}/recover`);
      if (usable !== undefined) return this.#joined(usable);
    }
  }

  #spend(usage: ModelUsage, costUsd: number | undefined): void {
    const { spending, own } = this.#context.task;
    spend(spending, usage, costUsd);
    if (own !== undefined) spend(own, usage, costUsd);
  }

  #targets(edited: string | readonly string[] | undefined): readonly ModelTarget[] {
    const { active, services } = this.#context;
    const targets = edited === undefined ? active.targets : services.models.targets(edited);
    return this.#firstModel === undefined ? targets : targetsFrom(targets, this.#firstModel);
  }

  #request(instructions?: string, tools?: readonly string[], edited?: ModelSettings): Question {
    const { active, transcript, turn } = this.#context;
    const { definition } = active.agent;
    const isLast = turn >= this.#turnLimit && turn > 1;
    const notes: ModelItem[] = isLast ? [systemNote(LAST_TURN)] : this.#budgetNote();
    const limits = edited?.limits ?? definition.settings?.limits ?? definition.limits?.model;
    const maxOutputTokens = this.#maxOutputTokens;
    const request: Writable<Question> = {
      instructions: instructions ?? definition.instructions,
      items: notes.length === 0 ? transcript.items : [...transcript.items, ...notes],
      tools: this.#toolSpecs(tools),
      settings:
        edited === undefined && limits === undefined && maxOutputTokens === undefined
          ? (definition.settings ?? {})
          : { ...definition.settings, ...edited, ...optional({ limits, maxOutputTokens }) },
    };
    if (isLast) request.toolChoice = 'none';
    if (this.#shape !== undefined) request.outputSchema = this.#shape.forModel;
    const { previousResponseId } = this.#context.task.record;
    if (previousResponseId !== undefined) request.previousResponseId = previousResponseId;
    return request;
  }

  #toolSpecs(only: readonly string[] | undefined): RunContext['active']['toolSpecs'] {
    const { active, hasLargeResult, services } = this.#context;
    const specs = only === undefined ? active.toolSpecs : active.toolSpecs.filter(({ name }) => only.includes(name));
    return hasLargeResult ? [...specs, ...services.tools.modelTools(active.agent.id, [READ_TOOL_RESULT])] : specs;
  }

  #budgetNote(): ModelItem[] {
    if (this.#isWarnedOfBudget || !this.#context.services.budgets.isWarned(budgetOf(this.#context))) return [];
    this.#isWarnedOfBudget = true;
    this.#context.transcript.note(WRAP_UP);
    return [];
  }

  /** Acts on a decision that the gateway could not carry out on the spot. Returns an answer to go on with, if any. */
  async #recover(outcome: FailedOutcome, key: string): Promise<Extract<ModelOutcome, { isOk: true }> | undefined> {
    const error = this.#context.told(OrchestratorError.fromJSON(outcome.error));
    const { decision } = outcome;
    if (error.code === 'BUDGET_LIMIT') return this.#outOfBudget(error, key, outcome);
    switch (decision.action) {
      case 'retry':
        await this.#parkedRetry(key, decision.delayMs);
        return undefined;
      case 'reset':
        await this.#reset(decision, outcome, error);
        return undefined;
      case 'fallback':
        if (!('result' in decision)) return undefined;
        this.#context.notes.push(`No model could answer (${error.code}); the declared result is given.`);
        return { isOk: true, response: answerOf(asText(decision.result as Json)), ...spentFor(outcome) };
      case 'skip':
      case 'terminate': {
        const kept = keptAnswer(this.#context, decision, outcome, error);
        if (kept !== undefined) return kept;
        if (decision.action === 'terminate' && decision.scope === 'orchestrator') this.#context.services.onFatal(error);
        throw error;
      }
      case 'escalate': {
        const answer = await askPerson(this.#context, key, error, `model call of turn ${this.#context.turn}`);
        if (answer.action === 'result')
          return { isOk: true, response: answerOf(asText(answer.result)), ...spentFor(outcome) };
        if (answer.action === 'retry') {
          const { active, services } = this.#context;
          for (const target of active.targets) if (target.label === outcome.model) services.gateway.readmit(target);
          return undefined;
        }
        throw error;
      }
    }
  }

  /** A budget is used up: a person may give it more where it is to ask. */
  async #outOfBudget(
    error: OrchestratorError,
    key: string,
    outcome: FailedOutcome,
  ): Promise<Extract<ModelOutcome, { isOk: true }> | undefined> {
    const { budgets } = this.#context.services;
    const { budget, bound, limit } = error.details ?? {};
    if (typeof budget !== 'string' || typeof bound !== 'string' || typeof limit !== 'number') throw error;
    if (budgets.view(budget)?.limits.onExhausted !== 'ask') throw error;
    const answer = await askPerson(this.#context, key, error, `model call of turn ${this.#context.turn}`, {
      isDirect: true,
    });
    if (answer.action === 'result')
      return { isOk: true, response: answerOf(asText(answer.result)), ...spentFor(outcome) };
    if (answer.action !== 'retry') throw error;
    budgets.raise(budget, bound, limit);
    return undefined;
  }

  async #reset(
    decision: Extract<RecoveryDecision, { action: 'reset' }>,
    outcome: FailedOutcome,
    error: OrchestratorError,
  ): Promise<void> {
    const { cutText = '', maxOutputTokens } = await resetModelCall(this.#context, decision, outcome, {
      error,
      window: this.#window,
      maxOutputTokens: this.#maxOutputTokens,
    });
    this.#cutText += cutText;
    this.#maxOutputTokens = maxOutputTokens;
  }

  async #parkedRetry(key: string, delayMs: number): Promise<void> {
    const { run, services } = this.#context;
    const until = (await run.now(`${key}/now`)) + delayMs;
    await this.#context.park('retry', () => run.sleepUntil(`${key}/sleep`, until), until);
    services.logger.debug({ taskId: run.id, until }, 'task waited for its next attempt');
  }

  /** Puts a continued answer behind the parts that were cut. */
  #joined(outcome: Extract<ModelOutcome, { isOk: true }>): Extract<ModelOutcome, { isOk: true }> {
    if (this.#cutText === '') return outcome;
    const text = this.#cutText + textOf(outcome.response.items);
    this.#cutText = '';
    const others = outcome.response.items.filter((item) => item.type !== 'message');
    const message: MessageItem = { type: 'message', role: 'assistant', content: text };
    return { ...outcome, response: { ...outcome.response, items: [message, ...others] } };
  }

  async #callTools(calls: readonly ToolCallItem[], text: string): Promise<StoredResult | undefined> {
    if (this.#context.turn >= this.#turnLimit) return this.#outOfTurns(calls);
    const done = await settleFatal(this.#context, await runToolCalls(this.#context, calls));
    this.#lastCalls = done.calls;
    this.#context.transcript.add(...done.results);
    const { filterNext, transcript } = this.#context;
    this.#context.filterNext = undefined;
    if (filterNext !== undefined) {
      transcript.replace(filterNext(transcript.items));
      this.#window.reset();
    }
    const judged = this.#loops.observe(done.calls);
    const isGoingRound = judged.verdict !== 'ok' || done.failingTool !== undefined;
    const stopped = isGoingRound ? await this.#breakLoop(done, judged) : undefined;
    if (stopped !== undefined) return stopped;
    const { stopWhen = [] } = this.#context.active.agent.definition;
    if (stopWhen.length === 0) return undefined;
    const state = this.#state();
    if (!stopWhen.some((predicate) => predicate(state))) return undefined;
    this.#context.notes.push('A stop condition of the agent ended the run.');
    return this.#partial(text === '' ? done.results.map(({ output }) => output).join('\n') : text);
  }

  /** The model was told that this is its last turn and calls tools all the same: a person may give it more. */
  async #outOfTurns(calls: readonly ToolCallItem[]): Promise<StoredResult | undefined> {
    const { transcript, turn, active } = this.#context;
    transcript.pair();
    const names = calls.map(({ name }) => name).join(', ');
    const error = new OrchestratorError(
      'TURN_LIMIT',
      `Agent "${active.agent.definition.name}" used its ${this.#turnLimit} turns and still asked for tools (${names}). Raise limits.turns, or give it a smaller task.`,
    );
    this.#turnRecovery ??= this.#runRecovery();
    let decision = this.#turnRecovery.decide(error);
    // The reset of its plan has been: it was told before its last turn.
    if (decision.action === 'reset') decision = this.#turnRecovery.decide(error);
    if (decision.action !== 'escalate') throw this.#ended(error, decision);
    const answer = await askPerson(this.#context, `t${turn}/turns`, error, 'run within its turns');
    if (answer.action === 'result') return this.#partial(asText(answer.result));
    if (answer.action === 'fail') throw error;
    this.#turnLimit += this.#turnsGiven;
    return undefined;
  }

  async #breakLoop(done: TurnCalls, judged: LoopVerdict): Promise<StoredResult | undefined> {
    const what =
      done.failingTool === undefined && judged.verdict !== 'ok'
        ? `The same calls (${judged.calls}) gave the same results ${judged.repeats} times.`
        : `The tool "${done.failingTool}" has failed three times in a row.`;
    const advice = `${what} Do something different: use other arguments or another tool, or answer with what you have.`;
    if (judged.verdict === 'warn') {
      this.#context.transcript.note(advice);
      return undefined;
    }
    const error = new OrchestratorError(
      'LOOP_DETECTED',
      `Agent "${this.#context.active.agent.definition.name}" makes no progress. ${what}`,
    );
    this.#loopRecovery ??= this.#runRecovery();
    const decision = this.#loopRecovery.decide(error);
    if (decision.action === 'reset') {
      this.#context.transcript.note(advice);
      return undefined;
    }
    if (decision.action === 'escalate') {
      const answer = await askPerson(this.#context, `t${this.#context.turn}/loop`, error, 'loop of tool calls');
      if (answer.action === 'retry' || answer.action === 'skip') {
        this.#context.transcript.note(answer.note ?? advice);
        return undefined;
      }
      if (answer.action === 'result') return this.#partial(asText(answer.result));
    }
    throw this.#ended(error, decision);
  }

  /** Recovery of something that concerns the run as a whole. */
  #runRecovery(facts: Partial<StepRecoveryFacts> = {}): StepRecovery {
    const { name } = this.#context.active.agent.definition;
    return this.#context.services.recovery({ kind: 'run', name, context: this.#context, ...facts });
  }

  /** The failure the run ends with; the orchestrator is stopped where its plan says so. */
  #ended(error: OrchestratorError, decision: RecoveryDecision): OrchestratorError {
    if (decision.action === 'terminate' && decision.scope === 'orchestrator') this.#context.services.onFatal(error);
    return error;
  }

  /** Takes a final answer; returns nothing where the model is asked again. */
  async #finish(outcome: Extract<ModelOutcome, { isOk: true }>): Promise<StoredResult | undefined> {
    const refusal = refusalOf(outcome.response.items);
    const text = refusal ?? textOf(outcome.response.items);
    if (refusal !== undefined) this.#context.notes.push('The model refused.');
    if (this.#context.background.length > 0 && (await this.#awaitBackground())) return undefined;
    if ((this.#context.active.agent.definition.outputGuardrails ?? []).length > 0)
      await checkGuardrails(this.#context, 'output', this.#state(), text);
    if (this.#shape === undefined) return this.#result(text, text);
    const read = await readOutput(text, this.#shape);
    if (read.isOk) return this.#result(read.value, text);
    return this.#askAgain(read.problems, text, outcome.model);
  }

  /** An answer that comes before those of children in the background: the model gets them and answers again. */
  async #awaitBackground(): Promise<boolean> {
    const answers = await collectBackground(this.#context, `t${this.#context.turn}/background`);
    if (answers === undefined) return false;
    this.#context.transcript.note(
      `The tasks you started in the background have ended. Take their answers into account and answer again.\n\n${answers}`,
    );
    return true;
  }

  async #askAgain(problems: readonly string[], text: string, model: string): Promise<StoredResult | undefined> {
    const { definition } = this.#context.active.agent;
    const { turn } = this.#context;
    const error = new OrchestratorError(
      'OUTPUT_INVALID',
      `The answer of agent "${definition.name}" does not fit its output schema: ${problems.join('; ')}.`,
    );
    this.#outputRecovery ??= this.#runRecovery({
      fallbacks: (_error, at) => otherModels(this.#context.active.targets, at),
      ...(definition.outputFallback === undefined ? {} : { declaredResult: definition.outputFallback }),
    });
    const decision = this.#outputRecovery.decide(error, model);
    if (decision.action === 'escalate') {
      const answer = await askPerson(this.#context, `t${turn}/output`, error, 'answer in its shape');
      if (answer.action === 'result') return this.#partial(asText(answer.result), answer.result ?? null);
    }
    if ('target' in decision) this.#firstModel = decision.target;
    if ((decision.action === 'reset' || 'target' in decision) && turn < this.#turnLimit) {
      this.#context.transcript.note(
        `Your answer does not fit the required schema. Problems: ${problems.join('; ')}. Answer again with JSON that fits, and nothing else.`,
      );
      return undefined;
    }
    if (definition.outputFallback !== undefined) {
      this.#context.notes.push('The answer did not fit the schema; the declared fallback is given.');
      return this.#partial(text, definition.outputFallback as Json);
    }
    throw this.#ended(error, decision);
  }

  #partial(text: string, output: Json = text): StoredResult {
    return { ...this.#result(output, text), isPartial: true };
  }

  #result(output: Json, text: string): StoredResult {
    const { notes, task } = this.#context;
    const { usage, costUsd } = task.spending;
    const result: Writable<StoredResult> = { output, text, usage };
    if (costUsd !== undefined) result.costUsd = costUsd;
    if (this.#responseId !== undefined) result.responseId = this.#responseId;
    if (notes.length === 0) return result;
    result.isPartial = true;
    result.notes = notes;
    return result;
  }

  #state(): RunState {
    const { task, runId, active, turn, transcript } = this.#context;
    return {
      taskId: task.record.id,
      runId,
      agentId: active.agent.id,
      turn,
      items: transcript.items,
      usage: task.spending.usage,
      ...optional({ costUsd: task.spending.costUsd }),
      lastToolCalls: this.#lastCalls.map(({ name, isError }) => ({ name, isError })),
      userContext: active.userContext,
    };
  }
}

/** Budget node that pays for a run. */
export function budgetOf(context: Pick<RunContext, 'task'>): string {
  return `task:${context.task.record.id}`;
}

function systemNote(text: string): MessageItem {
  return { type: 'message', role: 'system', content: text };
}

/** What an outcome that was put right has cost. */
function spentFor({ model, usage }: FailedOutcome): Pick<FailedOutcome, 'model' | 'usage'> {
  return { model, usage };
}
