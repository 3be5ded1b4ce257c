import type { AnyTool, Effect, Logger } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import type { PreparedCall, PrepareRequest, RefusedCall } from '../tool-call.js';
import { chooseWays, constraintsOf, type Access, type AccessControl, type AccessWay } from './access-control.js';
import type { DecisionLog } from './decision-log.js';
import { parseArguments, type ArgumentBounds } from './parse-arguments.js';
import { plainCopy } from './plain-json.js';
import { fitUserContext } from '../user-context.js';
import { ReadyToolCall } from './ready-tool-call.js';
import type { RunLedger } from './run-ledger.js';
import type { ToolEntry } from './tool-entry.js';
import type { ToolShelf } from './tool-shelf.js';
import { listed, toldToModel } from './told-to-model.js';

/** What the preparer works with. */
export interface PreparerParts {
  readonly shelf: ToolShelf;
  readonly access: AccessControl;
  readonly runs: RunLedger;
  readonly log: DecisionLog;
  readonly bounds: ArgumentBounds;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Where a call comes from. */
export type CallPlace = Omit<PrepareRequest, 'rawArguments'>;

/** First half of a call: everything that can be decided without waiting and without effect. */
export class CallPreparer {
  readonly #parts: PreparerParts;

  constructor(parts: PreparerParts) {
    this.#parts = parts;
  }

  /** A call as a model wrote it. */
  prepare(request: PrepareRequest): PreparedCall {
    const entry = this.#parts.shelf.of(request.runId).get(request.tool);
    if (entry === undefined) return this.#unknown(request);
    entry.statistics.calls += 1;
    const access = this.#parts.access.decide(request.agentId, entry.tool, entry.origin.isBuiltIn);
    if (access.denial !== undefined) return this.#forbidden(entry, request, access.denial);
    const parsed = parseArguments(request.rawArguments, this.#parts.bounds);
    if (!parsed.ok) return this.#badArguments(entry, request, parsed.problem);
    return this.#check(entry, access, parsed.value, request, parsed.repair);
  }

  /** A call of code, with the arguments as a value. */
  prepareValue(place: CallPlace, value: unknown): PreparedCall {
    const entry = this.#parts.shelf.of(place.runId).get(place.tool);
    if (entry === undefined) return this.#unknown(place);
    entry.statistics.calls += 1;
    const access = this.#parts.access.decide(place.agentId, entry.tool, entry.origin.isBuiltIn);
    if (access.denial !== undefined) return this.#forbidden(entry, place, access.denial);
    const copy = plainCopy(value ?? {}, {
      maxBytes: this.#parts.bounds.maxCharacters,
      maxDepth: this.#parts.bounds.maxDepth,
    });
    if (!copy.ok) return this.#badArguments(entry, place, copy.problem);
    if (typeof copy.value !== 'object' || copy.value === null || Array.isArray(copy.value)) {
      return this.#badArguments(entry, place, 'they must be an object');
    }
    return this.#check(entry, access, copy.value, place, undefined);
  }

  #check(
    entry: ToolEntry,
    access: Access,
    value: { readonly [key: string]: Json },
    place: CallPlace,
    repair: string | undefined,
  ): PreparedCall {
    const { tool } = entry;
    const checked = validate(tool, value);
    if ('problem' in checked) return this.#badArguments(entry, place, checked.problem);
    const ways = chooseWays(access, checked.input);
    if (typeof ways === 'string') return this.#forbidden(entry, place, ways);
    const { userContextSchema } = tool;
    const fit = userContextSchema === undefined ? undefined : fitUserContext(userContextSchema, place.userContext);
    if (fit?.fits === false) return this.#badUserContext(entry, place, fit.problem);
    const call = new ReadyToolCall({
      entry,
      input: checked.input,
      arguments: value,
      effect: this.#effect(tool, checked.input),
      constraints: constraintsOf(ways),
      access,
      agentId: place.agentId,
      givenContext: place.userContext,
      userContext: fit === undefined ? place.userContext : fit.value,
    });
    if (repair !== undefined) call.repair = repair;
    const reason = this.#approvalReason(call, place);
    if (reason !== undefined) call.approval = { reason };
    this.#allow(ways[0], place, reason);
    return call;
  }

  #allow(way: AccessWay | undefined, place: CallPlace, approval: string | undefined): void {
    const { agentId, tool, taskId, runId, callId } = place;
    const because = way?.reason ?? 'granted';
    const reason = approval === undefined ? because : `${because}; waits for approval: ${approval}`;
    const decision = {
      at: this.#parts.now(),
      decision: 'allow' as const,
      agentId,
      tool,
      reason,
      taskId,
      runId,
      callId,
    };
    this.#parts.log.add(way?.grantId === undefined ? decision : { ...decision, grantId: way.grantId });
  }

  /** Throws of a tool's own function take the safe side. */
  #effect(tool: AnyTool, input: unknown): Effect {
    if (typeof tool.effect !== 'function') return tool.effect;
    try {
      return tool.effect(input as never);
    } catch (error) {
      this.#parts.logger.warn({ toolName: tool.name, error }, 'effect of a tool threw; the call counts as unsafe');
      return 'unsafe';
    }
  }

  #approvalReason(call: ReadyToolCall, place: CallPlace): string | undefined {
    const reason = this.#reasonToAsk(call, place);
    if (reason === undefined) return undefined;
    const approver = this.#parts.runs.approvedBy(place.runId, place.tool, () => call.argumentsHash);
    return approver === undefined ? reason : undefined;
  }

  #reasonToAsk({ tool, input }: ReadyToolCall, place: CallPlace): string | undefined {
    if (tool.accessLevel === 'privileged') return `tool "${tool.name}" is privileged`;
    if (tool.approval === undefined || tool.approval === false) return undefined;
    const asks = `tool "${tool.name}" asks for approval of this call`;
    if (tool.approval === true) return asks;
    const { agentId, taskId, runId } = place;
    const agent = { id: agentId, name: this.#parts.access.agent(agentId)?.name ?? agentId };
    try {
      return tool.approval(input as never, { agent, taskId, runId }) ? asks : undefined;
    } catch (error) {
      this.#parts.logger.warn({ toolName: tool.name, error }, 'approval of a tool threw; a person is asked');
      return `tool "${tool.name}" could not tell whether this call needs approval`;
    }
  }

  #unknown(place: CallPlace): RefusedCall {
    const names = this.#allowedNames(place);
    const shown = JSON.stringify(place.tool.slice(0, 100));
    const error = new OrchestratorError('TOOL_UNKNOWN', `There is no tool ${shown}.`, { details: { allowed: names } });
    return this.#refuse(undefined, place, error, `Use one of: ${listed(names)}.`);
  }

  #forbidden(entry: ToolEntry, place: CallPlace, why: string): RefusedCall {
    const names = this.#allowedNames(place);
    const message = `Agent "${place.agentId}" may not call tool "${entry.tool.name}" so: ${why}.`;
    const error = new OrchestratorError('TOOL_FORBIDDEN', message, { details: { allowed: names } });
    return this.#refuse(entry, place, error, `Do not try it again like this. Tools you may use: ${listed(names)}.`);
  }

  #badArguments(entry: ToolEntry, place: CallPlace, problem: string): RefusedCall {
    const message = `The arguments of tool "${entry.tool.name}" were not accepted: ${problem}.`;
    const error = new OrchestratorError('TOOL_ARGUMENTS_INVALID', message);
    return this.#refuse(entry, place, error, 'The tool did not run. Correct the arguments and call it again.');
  }

  #badUserContext(entry: ToolEntry, place: CallPlace, problem: string): RefusedCall {
    const message = `The user context of this run does not fit what tool "${entry.tool.name}" needs: ${problem}.`;
    const error = new OrchestratorError('USER_CONTEXT_INVALID', message);
    return this.#refuse(entry, place, error, 'The tool did not run, and no other arguments help: do without it.');
  }

  #refuse(entry: ToolEntry | undefined, place: CallPlace, error: OrchestratorError, todo: string): RefusedCall {
    if (entry !== undefined) entry.statistics.refused += 1;
    const { agentId, taskId, runId, callId } = place;
    const tool = place.tool.slice(0, 100);
    const reason = error.message;
    this.#parts.log.add({
      at: this.#parts.now(),
      decision: 'deny',
      agentId,
      tool,
      reason,
      code: error.code,
      taskId,
      runId,
      callId,
    });
    return { kind: 'refused', tool, error, text: toldToModel(error, todo) };
  }

  /** What the agent may use; the built-in tool is named where it is of use. */
  #allowedNames({ agentId, runId }: CallPlace): string[] {
    const names: string[] = [];
    for (const entry of this.#parts.shelf.of(runId).values()) {
      if (entry.origin.isBuiltIn === true) continue;
      const access = this.#parts.access.decide(agentId, entry.tool, entry.origin.isBuiltIn);
      if (access.denial === undefined) names.push(entry.tool.name);
    }
    return names;
  }
}

const MOST_ISSUES = 5;

function validate(tool: AnyTool, value: unknown): { readonly input: unknown } | { readonly problem: string } {
  try {
    const result = tool.inputSchema.safeParse(value);
    if (result.success) return { input: result.data };
    const { issues } = result.error;
    const words = issues.slice(0, MOST_ISSUES).map(({ path, message }) => {
      return path.length === 0 ? message : `${path.map(String).join('.').slice(0, 200)}: ${message}`;
    });
    const more = issues.length > MOST_ISSUES ? `; and ${issues.length - MOST_ISSUES} more` : '';
    return { problem: words.join('; ') + more };
  } catch (error) {
    return { problem: `its schema could not check them: ${error instanceof Error ? error.message : 'it threw'}` };
  }
}
