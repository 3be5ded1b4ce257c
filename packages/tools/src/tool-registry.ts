import {
  problemOfTool,
  silentLogger,
  type AnyTool,
  type CreateId,
  type Logger,
  type ModelToolSpec,
  type Permission,
} from '@master-orchestrator/contracts';
import {
  BreakerRegistry,
  CancelledError,
  createRedactor,
  OrchestratorError,
  systemClock,
  type Clock,
} from '@master-orchestrator/errors';
import { AccessControl } from './internal/access-control.js';
import { breakerKeyOf } from './internal/breaker-key.js';
import { approvalRequired, CallAdmission } from './internal/call-admission.js';
import { CallPreparer } from './internal/call-preparer.js';
import { CallRunner } from './internal/call-runner.js';
import type { ToolStatistics } from './internal/call-statistics.js';
import { createRandomId } from './internal/create-random-id.js';
import { DeadlineQueue } from './internal/deadline-queue.js';
import { DecisionLog, type DecisionPage, type DecisionQuery } from './internal/decision-log.js';
import { GrantBook, type RevokeRequest } from './internal/grant-book.js';
import { LargeResults } from './internal/large-results.js';
import { ARGUMENT_BOUNDS } from './internal/parse-arguments.js';
import { ReachFactory } from './internal/reach-factory.js';
import { READ_TOOL_RESULT, readToolResult } from './internal/read-tool-result.js';
import { ReadyToolCall } from './internal/ready-tool-call.js';
import { RunLedger } from './internal/run-ledger.js';
import { summaryOf } from './internal/summary-of.js';
import { ToolEntry, type ToolOrigin } from './internal/tool-entry.js';
import { ToolShelf, type ShelfView } from './internal/tool-shelf.js';
import type {
  ExecuteOptions,
  PreparedCall,
  PrepareRequest,
  ReadyCall,
  RunOptions,
  ToolCallResult,
} from './tool-call.js';
import type { GrantRecord, GrantRequest, ToolAgent } from './tool-grant.js';
import type { ToolRegistryOptions } from './tool-registry-options.js';
import { readUserContext } from './user-context.js';
import type { AvailableTool, ToolSummary } from './tool-summary.js';

/** An approval that holds for the rest of a run. */
export interface RunApproval {
  readonly runId: string;
  readonly tool: string;
  /** Exactly these arguments, as often as they come. @default any arguments of this tool */ readonly argumentsHash?: string;
  /** Who approved. */ readonly by: string;
}

/** For whom {@link ToolRegistry.toolsOf} looks. */
export interface ToolsQuery {
  readonly agentId: string;
  /** True: the public tools too. */ readonly isOpen: boolean;
  /** Run that asks; it sees the tools of its beginning. @default the present ones */ readonly runId?: string;
}

/** What an agent's model was shown last, and how long that holds. */
interface ShownTools {
  readonly agentId: string;
  readonly isOpen: boolean;
  readonly shelf: ShelfView;
  readonly revision: number;
  readonly validUntil: number;
  readonly specs: readonly ModelToolSpec[];
}

/**
 * Tools under control: which there are, who may use them, and each call from the model's text to the bounded result.
 *
 * A run loop calls {@link ToolRegistry.prepare}, lets a person approve where the prepared call asks for it, then calls
 * {@link ToolRegistry.run}; other code calls {@link ToolRegistry.executeTool}. Works alone: `new ToolRegistry()`.
 */
export class ToolRegistry {
  readonly #options: ToolRegistryOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #createId: CreateId;
  readonly #shelf = new ToolShelf();
  readonly #access: AccessControl;
  readonly #grants: GrantBook;
  readonly #log: DecisionLog;
  readonly #runs = new RunLedger();
  readonly #reach: ReachFactory;
  readonly #preparer: CallPreparer;
  readonly #runner: CallRunner;
  readonly #shown = new WeakMap<readonly string[], ShownTools>();

  constructor(options: ToolRegistryOptions = {}) {
    const { clock = systemClock, logger = silentLogger, state, limits = {} } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#createId = options.createId ?? createRandomId(options.random ?? Math.random);
    const now = (): number => clock.now();
    const shelf = this.#shelf;
    const access = (this.#access = new AccessControl(options.defaultDeny ?? false, now));
    const log = (this.#log = new DecisionLog(
      options.decisionsInMemory ?? 10_000,
      options.storesDecisions === false ? undefined : state,
      logger,
    ));
    this.#grants = new GrantBook({ access, shelf, state, createId: this.#createId, now });
    this.#reach = new ReachFactory(options);
    const maxCharacters = limits.argumentCharacters ?? ARGUMENT_BOUNDS.maxCharacters;
    const runs = this.#runs;
    this.#preparer = new CallPreparer({
      shelf,
      access,
      runs,
      log,
      logger,
      now,
      bounds: { ...ARGUMENT_BOUNDS, maxCharacters },
    });
    const excerptCharacters = limits.excerptCharacters ?? 16_384;
    const results = new LargeResults(state);
    this.#runner = this.#createRunner(results, excerptCharacters);
    this.#addEntry(readToolResult(results, excerptCharacters), { isBuiltIn: true });
  }

  /** Reads the grants from the state store. Call it once before the first call where a store was given. */
  async start(): Promise<void> {
    await this.#grants.load();
  }

  /** Reads the grants again: what other processes granted or revoked comes into force. */
  async refreshGrants(): Promise<void> {
    await this.#grants.load();
  }

  /** Writes what is left of the decision log and closes connections of `context.fetch`. Running calls go on. */
  async stop(): Promise<void> {
    await this.#log.flush();
    await this.#reach.close();
  }

  /**
   * Adds a tool.
   *
   * @param from - Plugin it comes from, with the permissions that plugin declares; without it the tool is code of the app.
   * @throws OrchestratorError TOOL_INVALID, TOOL_EXISTS
   */
  registerTool(
    tool: AnyTool,
    from: { readonly plugin?: string; readonly permissions?: readonly Permission[] } = {},
  ): void {
    const problem = problemOfTool(tool);
    if (problem !== undefined) throw new OrchestratorError('TOOL_INVALID', problem);
    const other = this.#shelf.current.get(tool.name);
    if (other !== undefined) throw exists(other);
    this.#addEntry(tool, from.plugin === undefined ? {} : { plugin: from.plugin, permissions: from.permissions ?? [] });
  }

  /**
   * Says whether {@link ToolRegistry.exchangeTools} would take these tools, and changes nothing.
   *
   * @throws OrchestratorError TOOL_INVALID, TOOL_EXISTS
   */
  checkExchange(plugin: string, tools: readonly AnyTool[]): void {
    for (const tool of tools) {
      const problem = problemOfTool(tool);
      if (problem !== undefined) throw new OrchestratorError('TOOL_INVALID', problem);
      const other = this.#shelf.current.get(tool.name);
      if (other !== undefined && other.origin.plugin !== plugin) throw exists(other);
      void new ToolEntry(tool, {}, {}).spec; // throws where a model could not be told of it
    }
  }

  /**
   * Puts these tools in the place of all that a plugin has. Runs that said with {@link ToolRegistry.beginRun} that they
   * began go on with the tools of their beginning, with no other rights than before; runs that begin later see the new ones.
   *
   * @returns `ended`: resolves when every run and call that began before has ended, so that nothing uses the old tools
   * @throws OrchestratorError TOOL_INVALID, TOOL_EXISTS; then nothing is changed
   */
  exchangeTools(
    plugin: string,
    tools: readonly AnyTool[],
    permissions: readonly Permission[] = [],
  ): { readonly ended: Promise<void> } {
    this.checkExchange(plugin, tools);
    const removed = new Set<string>();
    for (const { tool, origin } of this.#shelf.current.values()) if (origin.plugin === plugin) removed.add(tool.name);
    const added = tools.map((tool) => new ToolEntry(tool, { plugin, permissions }, this.#options.limits ?? {}));
    const ended = this.#shelf.exchange(removed, added);
    this.#access.changed();
    return { ended };
  }

  /** Removes a tool from every run; calls that are under way end in their own time. Returns false where there was none. */
  unregisterTool(name: string): boolean {
    const entry = this.#shelf.current.get(name);
    if (entry === undefined || entry.origin.isBuiltIn === true) return false;
    this.#shelf.delete(name);
    this.#access.changed();
    return true;
  }

  getTool(name: string): AnyTool | undefined {
    return this.#shelf.current.get(name)?.tool;
  }

  /** Every registered tool, the built-in one included. */
  listTools(): ToolSummary[] {
    return [...this.#shelf.current.values()].map(summaryOf);
  }

  /** The tools that an agent may use, with the reason and the limits. */
  getAvailableTools(agentId: string): AvailableTool[] {
    return [...this.#shelf.current.values()].flatMap((entry) => {
      const access = this.#access.decide(agentId, entry.tool, entry.origin.isBuiltIn);
      return access.denial === undefined ? [{ ...summaryOf(entry), grants: access.levels[0] ?? [] }] : [];
    });
  }

  /** Makes an agent known, or changes what is known of it. Each tool it names is granted to it. */
  registerAgent(agent: ToolAgent): void {
    if (agent.parent !== undefined) this.#checkParent(agent.id, agent.parent);
    this.#access.putAgent({ ...agent, tools: [...agent.tools] });
  }

  /** Forgets an agent; grants to it by id stay until they are revoked. Returns false where it was not known. */
  forgetAgent(id: string): boolean {
    return this.#access.removeAgent(id);
  }

  /**
   * From now on an agent gets nothing that another one does not hold: for agents that agents make.
   *
   * @throws OrchestratorError AGENT_UNKNOWN, AGENT_INVALID (a circle)
   */
  narrowTo(agentId: string, parentId: string): void {
    const agent = this.#access.agent(agentId);
    if (agent === undefined)
      throw new OrchestratorError('AGENT_UNKNOWN', `There is no agent "${agentId}". Register it first.`);
    this.registerAgent({ ...agent, parent: parentId });
  }

  /**
   * Grants a tool, or every tool of a category, to an agent, a role or a team. Resolves with the id of the grant once it
   * is stored and in force.
   *
   * @throws OrchestratorError REQUEST_INVALID; TOOL_FORBIDDEN where an agent grants what it does not hold
   */
  grantToolAccess(request: GrantRequest): Promise<string> {
    return this.#grants.grant(request);
  }

  /** Takes grants back, by id or all of one tool to one subject; resolves with how many there were. */
  revokeToolAccess(request: RevokeRequest): Promise<number> {
    return this.#grants.revoke(request);
  }

  /** Every grant, ended ones included. */
  listGrants(): GrantRecord[] {
    return this.#access.grants();
  }

  /** Notes that a person approved a tool for the rest of a run: `prepare` asks no more for it. */
  approveForRun({ runId, tool, argumentsHash = '*', by }: RunApproval): void {
    this.#runs.approve(runId, tool, argumentsHash, by);
  }

  /** Notes that a run began: until {@link ToolRegistry.endRun} it sees the tools as they are now, whatever is exchanged. */
  beginRun(runId: string): void {
    this.#shelf.begin(runId);
  }

  /** Forgets the approvals and counters of a run that ended, and lets go of its tools. */
  endRun(runId: string): void {
    this.#shelf.end(runId);
    this.#runs.end(runId);
  }

  /**
   * Tools as a model sees them. Names that are unknown or not allowed are left out.
   *
   * @param names - Which tools, in this order. @default all that the agent may use; `read_tool_result` only beside others
   */
  modelTools(agentId: string, names?: readonly string[]): ModelToolSpec[] {
    return this.#specs(this.#shelf.current, agentId, names);
  }

  #specs(shelf: ShelfView, agentId: string, names?: readonly string[]): ModelToolSpec[] {
    const entries = names === undefined ? [...shelf.values()] : names.map((name) => shelf.get(name));
    const allowed = entries.filter((entry): entry is ToolEntry => {
      return (
        entry !== undefined && this.#access.decide(agentId, entry.tool, entry.origin.isBuiltIn).denial === undefined
      );
    });
    if (names === undefined && allowed.every(({ origin }) => origin.isBuiltIn)) return [];
    return [
      ...allowed.filter(({ origin }) => !origin.isBuiltIn),
      ...allowed.filter(({ origin }) => origin.isBuiltIn),
    ].map(({ spec }) => spec);
  }

  /**
   * What the model of an agent is shown: the tools the agent names, then those granted to it, and where it is `isOpen`
   * the public ones. The same list comes back until something changes, so that others can keep what they make of it.
   *
   * @param named - Names in the agent's definition; the same array each time.
   */
  toolsOf(named: readonly string[], { agentId, isOpen, runId }: ToolsQuery): readonly ModelToolSpec[] {
    const { revision } = this.#access;
    const shelf = runId === undefined ? this.#shelf.current : this.#shelf.of(runId);
    const known = this.#shown.get(named);
    const isSame = known?.agentId === agentId && known.isOpen === isOpen && known.shelf === shelf;
    if (isSame && known.revision === revision && known.validUntil > this.#clock.now()) return known.specs;
    const names = new Set(named);
    let validUntil = Number.POSITIVE_INFINITY;
    for (const { tool, origin } of shelf.values()) {
      const access = this.#access.decide(agentId, tool, origin.isBuiltIn);
      validUntil = Math.min(validUntil, access.validUntil);
      if (access.denial !== undefined || origin.isBuiltIn === true) continue;
      if (isOpen || tool.accessLevel !== 'public') names.add(tool.name);
    }
    const specs = this.#specs(shelf, agentId, [...names]);
    this.#shown.set(named, { agentId, isOpen, shelf, revision, validUntil, specs });
    return specs;
  }

  /** First half of a call, at once and without effect. A refused call is an answer for the model, not an end of the run. */
  prepare(request: PrepareRequest): PreparedCall {
    return this.#preparer.prepare(request);
  }

  /**
   * Second half of a call. Never rejects: a failure, a time limit and a cancel are outcomes.
   *
   * @param call - What `prepare` of this registry gave. Where it asks for an approval, give `approvedBy`, or note it with
   * `approveForRun`; else the result is the error APPROVAL_REQUIRED and nothing runs.
   */
  run(call: ReadyCall, options: RunOptions): Promise<ToolCallResult> {
    if (call instanceof ReadyToolCall) return this.#runner.run(call, options);
    throw new OrchestratorError('TOOL_INVALID', 'run() takes what prepare() of this registry gave.');
  }

  /**
   * Both halves for code that calls a tool itself. Resolves when the tool succeeded.
   *
   * @throws OrchestratorError TOOL_UNKNOWN, TOOL_FORBIDDEN, TOOL_ARGUMENTS_INVALID, USER_CONTEXT_INVALID, APPROVAL_REQUIRED (give
   * `approvedBy`), CANCELLED, TOOL_TIMEOUT, and whatever the tool failed with
   */
  async executeTool(
    name: string,
    agentId: string,
    args: unknown,
    options: ExecuteOptions = {},
  ): Promise<ToolCallResult> {
    const { taskId = 'direct', runId = 'direct', callId = this.#createId('call'), approvedBy, onProgress } = options;
    const userContext = readUserContext(options.userContext);
    const call = this.#preparer.prepareValue({ tool: name, agentId, runId, taskId, callId, userContext }, args);
    if (call.kind === 'refused') throw call.error;
    const signal = options.signal ?? new AbortController().signal;
    if (call.approval !== undefined && approvedBy === undefined) throw approvalRequired(call as ReadyToolCall);
    const release = this.#shelf.hold();
    const result = await this.run(call, {
      signal,
      agent: { id: agentId, name: this.#access.agent(agentId)?.name ?? agentId },
      taskId,
      runId,
      callId,
      idempotencyKey: options.idempotencyKey ?? `${taskId}:${callId}`,
      ...(approvedBy === undefined ? {} : { approvedBy }),
      ...(onProgress === undefined ? {} : { onProgress }),
    }).finally(release);
    if (result.outcome === 'ok') return result;
    throw result.error ?? CancelledError.fromSignal(signal);
  }

  /** Numbers of one tool, or without a name of each tool. Unknown names give an empty list. */
  statistics(toolName?: string): ToolStatistics[] {
    const entries = toolName === undefined ? [...this.#shelf.current.values()] : [this.#shelf.current.get(toolName)];
    return entries.flatMap((entry) =>
      entry === undefined ? [] : [entry.statistics.read(entry.slots.waiting, entry.tool.name)],
    );
  }

  /** What was allowed and denied, with the reason; oldest first, page by page. */
  decisions(query: DecisionQuery = {}): Promise<DecisionPage> {
    return this.#log.read(query);
  }

  #addEntry(tool: AnyTool, origin: ToolOrigin): void {
    const entry = new ToolEntry(tool, origin, this.#options.limits ?? {});
    if (tool.inputSchema._zod.def.type !== 'object') void entry.spec; // throws where the root is no object
    this.#shelf.add(entry);
    this.#access.changed();
  }

  #checkParent(agentId: string, parentId: string): void {
    if (this.#access.agent(parentId) === undefined) {
      throw new OrchestratorError(
        'AGENT_UNKNOWN',
        `Agent "${agentId}": there is no agent "${parentId}" to stand above it. Register it first.`,
      );
    }
    if (this.#access.isAbove(agentId, parentId)) {
      throw new OrchestratorError(
        'AGENT_INVALID',
        `Agent "${agentId}" already stands above "${parentId}": this would be a circle.`,
      );
    }
  }

  #createRunner(results: LargeResults, excerptCharacters: number): CallRunner {
    const { limits = {}, publish = () => {} } = this.#options;
    const clock = this.#clock;
    const deadlines = new DeadlineQueue(clock);
    const breakers =
      this.#options.breakers ??
      new BreakerRegistry({
        clock,
        onChange: ({ key, from, to, reason }) => publish({ type: 'breaker-change', data: { key, from, to, reason } }),
      });
    const [shelf, access, runs, log] = [this.#shelf, this.#access, this.#runs, this.#log];
    return new CallRunner({
      clock,
      deadlines,
      admission: new CallAdmission({ clock, deadlines, shelf, access, runs, log, limits }),
      breaker: (call) => breakers.get(breakerKeyOf(call)),
      results,
      redactor: this.#options.redactor ?? createRedactor(),
      logger: this.#logger,
      errorRules: this.#options.errorRules ?? [],
      reach: (call) => this.#reach.of(call.entry, call.constraints),
      publish,
      graceMs: limits.graceMs ?? 5_000,
      resultBytes: limits.resultBytes ?? 1_048_576,
      excerptCharacters,
    });
  }
}

function exists({ tool, origin }: ToolEntry): OrchestratorError {
  const owner = origin.plugin === undefined ? '' : ` by plugin "${origin.plugin}"`;
  const message = `A tool "${tool.name}" is registered already${owner}. Choose another name, or unregister the first.`;
  return new OrchestratorError('TOOL_EXISTS', message);
}

export { READ_TOOL_RESULT };
