import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import type { RunOptions } from '../tool-call.js';
import type { RegistryLimits } from '../tool-registry-options.js';
import { chooseWays, constraintsOf, type AccessControl } from './access-control.js';
import type { DecisionLog } from './decision-log.js';
import type { DeadlineQueue } from './deadline-queue.js';
import { RateWindow } from './rate-window.js';
import type { ReadyToolCall } from './ready-tool-call.js';
import type { RunLedger } from './run-ledger.js';
import { Slots, type WaitEnd } from './slots.js';
import type { ToolShelf } from './tool-shelf.js';

/** What admission works with. */
export interface AdmissionParts {
  readonly clock: Clock;
  readonly deadlines: DeadlineQueue;
  readonly shelf: ToolShelf;
  readonly access: AccessControl;
  readonly runs: RunLedger;
  readonly log: DecisionLog;
  readonly limits: RegistryLimits;
}

interface AgentGate {
  readonly slots: Slots | undefined;
  readonly window: RateWindow | undefined;
}

/** Agents whose gates are kept; only idle ones are forgotten. */
const MAX_GATES = 10_000;

/** The limits of a call: approval, calls in a run, calls a minute, executions at once; for the tool and for the agent. */
export class CallAdmission {
  readonly #parts: AdmissionParts;
  readonly #gates = new Map<string, AgentGate>();
  readonly #hasAgentLimits: boolean;
  readonly #queueTimeoutMs: number;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    const { perAgentConcurrent, perAgentPerMinute, queueTimeoutMs = 60_000 } = parts.limits;
    this.#hasAgentLimits = perAgentConcurrent !== undefined || perAgentPerMinute !== undefined;
    this.#queueTimeoutMs = queueTimeoutMs;
  }

  /** Says why the call may not run at all, or `undefined`. */
  admit(call: ReadyToolCall, options: RunOptions): OrchestratorError | undefined {
    const refusal = this.#stillAllowed(call) ?? this.#approved(call, options);
    return refusal === undefined ? undefined : this.#deny(call, options, refusal);
  }

  /** Says which limit it exceeds already, before it waits for a slot. Counts nothing. */
  exceeds(call: ReadyToolCall, options: RunOptions): OrchestratorError | undefined {
    const refusal = this.#withinRun(call, options) ?? this.#withinRates(call, this.#parts.clock.monotonic());
    return refusal === undefined ? undefined : this.#deny(call, options, refusal);
  }

  /** With its slots in hand: counts the start, or says that others were faster while it waited. */
  begin(call: ReadyToolCall, options: RunOptions): OrchestratorError | undefined {
    const now = this.#parts.clock.monotonic();
    const refusal = this.#withinRun(call, options) ?? this.#withinRates(call, now);
    if (refusal !== undefined) return this.#deny(call, options, refusal);
    const { callsPerRun, window, tool } = call.entry;
    const isCounted = callsPerRun !== Number.POSITIVE_INFINITY || this.#parts.limits.callsPerRun !== undefined;
    if (isCounted) this.#parts.runs.count(options.runId, tool.name);
    this.#gate(call.agentId)?.window?.start(now);
    window?.start(now);
    return undefined;
  }

  #deny(call: ReadyToolCall, { taskId, runId, callId }: RunOptions, refusal: OrchestratorError): OrchestratorError {
    call.entry.statistics.refused += 1;
    const { agentId } = call;
    const at = this.#parts.clock.now();
    const tool = call.tool.name;
    const { message: reason, code } = refusal;
    this.#parts.log.add({ at, decision: 'deny', agentId, tool, reason, code, taskId, runId, callId });
    return refusal;
  }

  /** Takes the slots that the call needs if all are free. */
  tryTakeSlots(call: ReadyToolCall): boolean {
    const ofAgent = this.#gate(call.agentId)?.slots;
    if (ofAgent !== undefined && !ofAgent.tryTake()) return false;
    if (call.entry.slots.tryTake()) return true;
    ofAgent?.release();
    return false;
  }

  /** Waits for the slots: the agent's first, then the tool's, always in this order. */
  async takeSlots(call: ReadyToolCall, signal: AbortSignal): Promise<WaitEnd> {
    const ofAgent = this.#gate(call.agentId)?.slots;
    const { deadlines } = this.#parts;
    if (ofAgent !== undefined) {
      const end = await ofAgent.take(signal, deadlines, this.#queueTimeoutMs);
      if (end !== 'taken') return end;
    }
    try {
      const end = await call.entry.slots.take(signal, deadlines, this.#queueTimeoutMs);
      if (end !== 'taken') ofAgent?.release();
      return end;
    } catch (error) {
      ofAgent?.release();
      throw error;
    }
  }

  releaseSlots(call: ReadyToolCall): void {
    call.entry.slots.release();
    this.#gates.get(call.agentId)?.slots?.release();
  }

  waitedTooLong(call: ReadyToolCall): OrchestratorError {
    const { slots, tool } = call.entry;
    const message = `Tool "${tool.name}": no slot came free within ${this.#queueTimeoutMs} ms; ${slots.inUse} of ${slots.limit} are in use.`;
    return new OrchestratorError('QUEUE_TIMEOUT', message, { details: { tool: tool.name } });
  }

  /** Time may have passed since the call was prepared: an approval, a restart of a plugin, a revoked grant. */
  #stillAllowed(call: ReadyToolCall): OrchestratorError | undefined {
    const { tool } = call;
    if (!this.#parts.shelf.has(call.entry)) {
      return new OrchestratorError('TOOL_UNKNOWN', `Tool "${tool.name}" is no longer registered.`);
    }
    const access = this.#parts.access.decide(call.agentId, tool, call.entry.origin.isBuiltIn);
    if (access.denial !== undefined) {
      const message = `Agent "${call.agentId}" may no longer call tool "${tool.name}": ${access.denial}.`;
      return new OrchestratorError('TOOL_FORBIDDEN', message);
    }
    if (access === call.access) return undefined;
    const ways = chooseWays(access, call.input);
    if (typeof ways === 'string') {
      return new OrchestratorError(
        'TOOL_FORBIDDEN',
        `Agent "${call.agentId}" may no longer make this call of tool "${tool.name}": ${ways}.`,
      );
    }
    call.access = access;
    call.constraints = constraintsOf(ways);
    return undefined;
  }

  #approved(call: ReadyToolCall, { approvedBy, runId, taskId, callId }: RunOptions): OrchestratorError | undefined {
    if (call.approval === undefined) return undefined;
    const { name: tool } = call.tool;
    const by = approvedBy ?? this.#parts.runs.approvedBy(runId, tool, () => call.argumentsHash);
    if (by === undefined) return approvalRequired(call);
    const at = this.#parts.clock.now();
    const { agentId } = call;
    this.#parts.log.add({
      at,
      decision: 'allow',
      agentId,
      tool,
      reason: `approved by ${by}`,
      approvedBy: by,
      taskId,
      runId,
      callId,
    });
    return undefined;
  }

  #withinRun(call: ReadyToolCall, { runId }: RunOptions): OrchestratorError | undefined {
    const { callsPerRun, tool } = call.entry;
    const inAll = this.#parts.limits.callsPerRun ?? Number.POSITIVE_INFINITY;
    if (callsPerRun === Number.POSITIVE_INFINITY && inAll === Number.POSITIVE_INFINITY) return undefined;
    const soFar = this.#parts.runs.calls(runId, tool.name);
    if (soFar.ofTool >= callsPerRun)
      return spent(`Tool "${tool.name}" may run ${callsPerRun} times in one run, and did.`);
    if (soFar.calls >= inAll) return spent(`A run may make ${inAll} tool calls, and this one did.`);
    return undefined;
  }

  #withinRates(call: ReadyToolCall, now: number): OrchestratorError | undefined {
    const ofAgent = this.#gate(call.agentId)?.window;
    const { window, tool } = call.entry;
    if (ofAgent === undefined && window === undefined) return undefined;
    const agentWaitMs = ofAgent?.waitMs(now) ?? 0;
    if (agentWaitMs > 0)
      return tooOften(`Agent "${call.agentId}" may call tools ${ofAgent?.limit} times a minute.`, agentWaitMs);
    const waitMs = window?.waitMs(now) ?? 0;
    if (waitMs > 0) return tooOften(`Tool "${tool.name}" may run ${window?.limit} times a minute.`, waitMs);
    return undefined;
  }

  #gate(agentId: string): AgentGate | undefined {
    if (!this.#hasAgentLimits) return undefined;
    const known = this.#gates.get(agentId);
    if (known !== undefined) return known;
    if (this.#gates.size >= MAX_GATES) this.#forgetIdle();
    const { perAgentConcurrent, perAgentPerMinute, maxWaiting = 10_000 } = this.#parts.limits;
    const name = `Agent "${agentId}"`;
    const gate: AgentGate = {
      slots: perAgentConcurrent === undefined ? undefined : new Slots(name, perAgentConcurrent, maxWaiting),
      window: perAgentPerMinute === undefined ? undefined : new RateWindow(perAgentPerMinute),
    };
    this.#gates.set(agentId, gate);
    return gate;
  }

  #forgetIdle(): void {
    const now = this.#parts.clock.monotonic();
    for (const [agentId, { slots, window }] of this.#gates) {
      const isIdle =
        (slots === undefined || slots.inUse + slots.waiting === 0) && (window === undefined || window.isIdle(now));
      if (isIdle) this.#gates.delete(agentId);
    }
  }
}

/** The error of a call that waits for a person. */
export function approvalRequired(call: ReadyToolCall): OrchestratorError {
  const message = `Tool "${call.tool.name}" needs a person's approval: ${call.approval?.reason ?? 'it asks for one'}.`;
  return new OrchestratorError('APPROVAL_REQUIRED', message, {
    category: 'PERMISSION_ERROR',
    severity: 'MEDIUM',
    isReplaySafe: true,
    advice: 'Let a person approve exactly these arguments, then run the call with approvedBy.',
    details: { tool: call.tool.name, argumentsHash: call.argumentsHash },
  });
}

function spent(message: string): OrchestratorError {
  return new OrchestratorError('TOOL_RATE_LIMITED', message, {
    isRetryable: false,
    advice: 'Go on without it: this limit does not pass with time.',
  });
}

function tooOften(message: string, retryAfterMs: number): OrchestratorError {
  return new OrchestratorError('TOOL_RATE_LIMITED', message, { retryAfterMs: Math.ceil(retryAfterMs) });
}
