import type { Logger, ToolContext, ToolOutcome } from '@master-orchestrator/contracts';
import {
  CancelledError,
  classify,
  OrchestratorError,
  ToolTimeoutError,
  type CircuitBreaker,
  type Clock,
  type ErrorRule,
  type Json,
  type Redactor,
} from '@master-orchestrator/errors';
import type { RunOptions, ToolCallResult } from '../tool-call.js';
import type { RegistryEvent } from '../tool-registry-options.js';
import type { ZodType } from 'zod';
import { breakerKeyOf } from './breaker-key.js';
import type { CallAdmission } from './call-admission.js';
import type { DeadlineQueue } from './deadline-queue.js';
import type { LargeResults } from './large-results.js';
import { plainCopy } from './plain-json.js';
import { ProgressGate } from './progress-gate.js';
import type { ReadyToolCall } from './ready-tool-call.js';
import { RunningCall, timeLimitOf } from './running-call.js';
import type { CachedResult } from './result-cache.js';
import { beginning, redactOutput } from './result-text.js';
import { withoutSecrets } from './without-secrets.js';
import { toldToModel } from './told-to-model.js';
import { ToolExecution, type Ending } from './tool-execution.js';
import type { ToolReach } from './reach-factory.js';

/** What the runner works with. */
export interface RunnerParts {
  readonly clock: Clock;
  readonly deadlines: DeadlineQueue;
  readonly admission: CallAdmission;
  readonly breaker: (call: ReadyToolCall) => CircuitBreaker;
  readonly results: LargeResults;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly errorRules: readonly ErrorRule[];
  readonly reach: (call: ReadyToolCall) => ToolReach;
  readonly publish: (event: RegistryEvent) => void;
  readonly graceMs: number;
  readonly resultBytes: number;
  readonly excerptCharacters: number;
}

const MAX_RESULT_DEPTH = 64;

/** Second half of a call: limits, cache, breaker, execution, result. */
export class CallRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Runs a prepared call. Never rejects: whatever goes wrong is in the result. */
  async run(call: ReadyToolCall, options: RunOptions): Promise<ToolCallResult> {
    try {
      return await this.#run(call, options);
    } catch (error) {
      return this.#failed(call, options, classify(error, this.#facts(call)), 0);
    }
  }

  async #run(call: ReadyToolCall, options: RunOptions): Promise<ToolCallResult> {
    if (options.signal.aborted) return this.#cancelled(call, options, 0);
    const { admission } = this.#parts;
    const { cache } = call.entry;
    const refusal =
      admission.admit(call, options) ?? (cache === undefined ? undefined : admission.exceeds(call, options));
    if (refusal !== undefined) return this.#failed(call, options, refusal, 0);
    const cached = cache?.get(call.cacheKey, this.#parts.clock.monotonic());
    if (cached !== undefined) return this.#fromCache(call, cached);
    if (!admission.tryTakeSlots(call)) {
      const tooMany = admission.exceeds(call, options);
      if (tooMany !== undefined) return this.#failed(call, options, tooMany, 0);
      const end = await admission.takeSlots(call, options.signal);
      if (end === 'aborted') return this.#cancelled(call, options, 0);
      if (end === 'timeout') return this.#failed(call, options, admission.waitedTooLong(call), 0);
    }
    if (options.signal.aborted) {
      admission.releaseSlots(call);
      return this.#cancelled(call, options, 0);
    }
    const breaker = this.#parts.breaker(call);
    const permit = breaker.tryEnter();
    const late = permit === undefined ? breaker.refusal() : admission.begin(call, options);
    if (permit === undefined || late !== undefined) {
      permit?.release();
      admission.releaseSlots(call);
      return this.#failed(call, options, late as OrchestratorError, 0);
    }
    try {
      const result = await this.#execute(call, options);
      if (result.outcome === 'ok') permit.succeed();
      else if (result.error === undefined) permit.release();
      else permit.fail(result.error);
      return result;
    } finally {
      permit.release(); // a fault of ours says nothing about the tool
    }
  }

  async #execute(call: ReadyToolCall, options: RunOptions): Promise<ToolCallResult> {
    const startedAt = this.#parts.clock.monotonic();
    const execution = this.#execution(call, options);
    const ending = await execution.start(() =>
      call.tool.execute(call.input as never, this.#context(call, options, execution)),
    );
    const durationMs = this.#parts.clock.monotonic() - startedAt;
    call.entry.statistics.latency.record(durationMs);
    return this.#result(call, options, execution, ending, durationMs);
  }

  #execution(call: ReadyToolCall, options: RunOptions): ToolExecution {
    call.entry.statistics.running += 1;
    return new ToolExecution(options.signal, this.#parts.deadlines, new RunningCall(this.#parts, call, options));
  }

  #context(call: ReadyToolCall, options: RunOptions, execution: ToolExecution): ToolContext {
    const { agent, taskId, runId, callId, idempotencyKey, onProgress } = options;
    const { signal } = execution;
    const reach = this.#parts.reach(call);
    const { redactor } = this.#parts;
    const gate =
      onProgress === undefined
        ? undefined
        : new ProgressGate(
            (update) => onProgress(redactor.redact(update)),
            () => execution.isOver,
          );
    return {
      signal,
      agent,
      taskId,
      runId,
      callId,
      idempotencyKey,
      logger: options.logger ?? this.#parts.logger,
      fetch: reach.fetchFor(signal),
      files: reach.files,
      env: reach.env,
      userContext: call.userContext,
      progress: gate === undefined ? ignoreProgress : (update) => gate.report(update),
    };
  }

  #result(
    call: ReadyToolCall,
    options: RunOptions,
    execution: ToolExecution,
    ending: Ending,
    durationMs: number,
  ): ToolCallResult | Promise<ToolCallResult> {
    if (ending.kind === 'value') return this.#succeeded(call, options, ending.value, durationMs);
    if (ending.kind === 'abandoned') this.#reportStuck(call, options, execution);
    const cause = ending.kind === 'error' ? ending.error : undefined;
    if (execution.abortCause === 'caller') return this.#cancelled(call, options, durationMs);
    if (execution.abortCause === 'time-limit') {
      const error = new ToolTimeoutError(call.tool.name, timeLimitOf(call, options), cause);
      call.entry.statistics.timeouts += 1;
      return this.#failed(call, options, call.isReplaySafe ? error.with({ isReplaySafe: true }) : error, durationMs);
    }
    return this.#failed(call, options, classify(cause, { ...this.#facts(call), signal: options.signal }), durationMs);
  }

  #succeeded(
    call: ReadyToolCall,
    options: RunOptions,
    value: unknown,
    durationMs: number,
  ): ToolCallResult | Promise<ToolCallResult> {
    const checked = this.#check(call, value);
    if (OrchestratorError.isInstance(checked)) return this.#failed(call, options, checked, durationMs);
    const json = JSON.stringify(checked.output);
    const bytes = Buffer.byteLength(json);
    if (bytes > this.#parts.resultBytes) {
      return this.#failed(call, options, this.#resultInvalid(call, tooLarge(this.#parts.resultBytes)), durationMs);
    }
    const { output, text } = redactOutput(this.#parts.redactor, checked.output, json);
    const { statistics } = call.entry;
    statistics.ok += 1;
    statistics.bytes += bytes;
    if (text.length > this.#parts.excerptCharacters)
      return this.#cut(call, { outcome: 'ok', output, text, bytes, durationMs });
    const result: ToolCallResult = {
      outcome: 'ok',
      output,
      text: value === undefined ? NOTHING : text,
      bytes,
      durationMs,
    };
    this.#keep(call, result);
    return result;
  }

  #check(call: ReadyToolCall, value: unknown): { readonly output: Json } | OrchestratorError {
    const { outputSchema } = call.tool;
    let checked = value;
    if (outputSchema !== undefined) {
      const parsed = parseSafely(outputSchema, value);
      if (parsed === undefined) return this.#resultInvalid(call, 'its output schema threw');
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const at = issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.map(String).join('.')}"`;
        return this.#resultInvalid(call, `it does not fit the output schema${at}: ${issue?.message ?? 'invalid'}`);
      }
      checked = parsed.data;
    }
    const copy = plainCopy(checked, { maxBytes: this.#parts.resultBytes, maxDepth: MAX_RESULT_DEPTH });
    return copy.ok ? { output: copy.value } : this.#resultInvalid(call, copy.problem);
  }

  /** The model gets the beginning and a handle for the rest. */
  async #cut(call: ReadyToolCall, whole: ToolCallResult): Promise<ToolCallResult> {
    const shown = beginning(whole.text, this.#parts.excerptCharacters);
    const rest = `[Only the first ${shown.length} of ${whole.text.length} characters are shown.`;
    let result: ToolCallResult;
    try {
      const handle = await this.#parts.results.put(whole.text);
      const how = `Call read_tool_result with {"handle":"${handle}","offset":${shown.length}} to read on.]`;
      result = { ...whole, text: `${shown}\n${rest} ${how}`, handle };
    } catch (error) {
      this.#parts.logger.warn({ toolName: call.tool.name, error }, 'large tool result could not be kept');
      result = { ...whole, text: `${shown}\n${rest} The rest could not be kept: ask for less.]` };
    }
    this.#keep(call, result);
    return result;
  }

  #keep(call: ReadyToolCall, { output = null, text, bytes, handle }: ToolCallResult): void {
    const { cache } = call.entry;
    if (cache === undefined) return;
    const json = JSON.stringify(output);
    const kept: CachedResult = handle === undefined ? { json, text, bytes } : { json, text, bytes, handle };
    cache.put(call.cacheKey, kept, this.#parts.clock.monotonic());
  }

  #fromCache(call: ReadyToolCall, cached: CachedResult): ToolCallResult {
    const { statistics } = call.entry;
    statistics.ok += 1;
    statistics.fromCache += 1;
    statistics.bytes += cached.bytes;
    const { json, ...rest } = cached;
    return { outcome: 'ok', ...rest, output: JSON.parse(json) as Json, durationMs: 0, isFromCache: true };
  }

  #cancelled(call: ReadyToolCall, options: RunOptions, durationMs: number): ToolCallResult {
    const error = CancelledError.fromSignal(options.signal);
    const text = `Cancelled: tool "${call.tool.name}" did not finish (${error.message})`;
    return this.#ended(call, 'cancelled', { outcome: 'cancelled', text, bytes: 0, durationMs });
  }

  #failed(call: ReadyToolCall, options: RunOptions, thrown: OrchestratorError, durationMs: number): ToolCallResult {
    const { runId, callId } = options;
    const error = withoutSecrets(this.#parts.redactor, thrown);
    const fields = { toolName: call.tool.name, runId, callId, code: error.code, durationMs, error };
    const level = error.severity === 'LOW' ? 'debug' : error.severity === 'MEDIUM' ? 'warn' : 'error';
    this.#parts.logger[level](fields, 'tool call failed');
    return this.#ended(call, 'error', { outcome: 'error', text: toldToModel(error), error, bytes: 0, durationMs });
  }

  #ended(call: ReadyToolCall, outcome: ToolOutcome, result: ToolCallResult): ToolCallResult {
    call.entry.statistics[outcome] += 1;
    return result;
  }

  #reportStuck(call: ReadyToolCall, options: RunOptions, execution: ToolExecution): void {
    const { agent, taskId, runId, callId } = options;
    call.entry.statistics.stuck += 1;
    const { name } = call.tool;
    const why =
      execution.abortCause === 'caller' ? 'it was cancelled' : `its limit of ${timeLimitOf(call, options)} ms`;
    const message = `Tool "${name}" goes on ${this.#parts.graceMs} ms after ${why}. It keeps its slot until it ends; its result will be dropped.`;
    const error = new OrchestratorError('TOOL_TIMEOUT', message, {
      severity: 'HIGH',
      advice: 'Let the tool honour context.signal.',
      details: { tool: name, callId },
    });
    this.#parts.logger.error({ toolName: name, runId, callId }, message);
    this.#parts.publish({
      type: 'error-raise',
      data: { error: error.toJSON(), step: `tool:${name}` },
      agentId: agent.id,
      taskId,
      runId,
    });
  }

  #resultInvalid(call: ReadyToolCall, problem: string): OrchestratorError {
    const message = `Tool "${call.tool.name}" gave a result that cannot be used: ${problem}.`;
    return new OrchestratorError('TOOL_RESULT_INVALID', message, {
      isReplaySafe: call.isReplaySafe,
      details: { tool: call.tool.name },
    });
  }

  #facts(call: ReadyToolCall): Parameters<typeof classify>[1] & object {
    const { name } = call.tool;
    return {
      source: 'tool',
      toolName: name,
      what: `Tool "${name}"`,
      isReplaySafe: call.isReplaySafe,
      breakerKey: breakerKeyOf(call),
      clock: this.#parts.clock,
      rules: this.#parts.errorRules,
    };
  }
}

const NOTHING = 'Done. The tool returns nothing.';

function ignoreProgress(): void {}

/** A schema with an asynchronous part, or one that throws, gives nothing. */
function parseSafely(schema: ZodType, value: unknown): ReturnType<ZodType['safeParse']> | undefined {
  try {
    return schema.safeParse(value);
  } catch {
    return undefined;
  }
}

function tooLarge(bytes: number): string {
  return `it is larger than ${bytes} bytes`;
}
