import { CONFIG } from '@master-orchestrator/config';
import {
  EVENT_STREAM,
  IDS,
  LOGGER,
  optional,
  type Limits,
  type Logger,
  type Phase,
  type TaskEngine,
  type TaskSpec,
  type TaskView,
} from '@master-orchestrator/contracts';
import { classify, CLOCK, ERROR_HANDLER, RANDOM, type Json, type OrchestratorError } from '@master-orchestrator/errors';
import { TOOL_REGISTRY } from '@master-orchestrator/tools';
import { AgentStore } from './agents/agent-store.js';
import { AgentDirectory } from './agents/agent-directory.js';
import { LaneLimits } from './agents/lane-limits.js';
import { BREAKERS } from './bindings.js';
import type { CompositionRoot } from './composition-root.js';
import { HealthDesk } from './health.js';
import { MasterOrchestrator } from './orchestrator.js';
import type { OrchestratorParts } from './orchestrator-parts.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import { PluginDesk } from './plugins/plugin-desk.js';
import { FirstFatal } from './process/first-fatal.js';
import { AlertGate } from './run/alert-gate.js';
import { AGENT_TASK, AgentRunner } from './run/agent-runner.js';
import type { RunServices } from './run/run-context.js';
import { StepRecovery } from './run/step-recovery.js';
import { ShutDown } from './shut-down.js';
import { StatisticsReader } from './statistics.js';
import { Admission } from './tasks/admission.js';
import { questionOfPause } from './tasks/doubt.js';
import { Scheduler } from './tasks/scheduler.js';
import { Schedules } from './tasks/schedules.js';
import { TaskBook, type LiveTask } from './tasks/task-book.js';
import {
  AGENT_BOOK,
  BUDGET_LEDGER,
  ENGINE,
  EVENT_BUS,
  MODEL_GATEWAY,
  MODEL_GUARDS,
  MODEL_REGISTRY,
  PLUGIN_REGISTRY,
  PRICE_BOOK,
  RECOVERY_PLANS,
  SECRET_MASK,
  SESSION_STORE,
  WORK_DESKS,
} from './tokens.js';

/** Puts the parts together, opens the engine and starts to work. */
export async function assemble(root: CompositionRoot, options: OrchestratorOptions): Promise<MasterOrchestrator> {
  const { resolve } = root;
  const config = resolve(CONFIG);
  const engine = resolve(ENGINE);
  const shutdown = new ShutDown(root, engine);
  await resolve(TOOL_REGISTRY).start();
  const lanes = new LaneLimits(engine, limitsOf(root), options.isWorker !== false);
  await lanes.start();
  openRootBudget(root);
  const alerts = new AlertGate(resolve(CLOCK));
  const parts = partsOf(root, shutdown, lanes, alerts);
  const fatal = new FirstFatal();
  const orchestrator = new MasterOrchestrator({ ...parts, fatal: fatal.first });
  const onFatal = (error: OrchestratorError): void => {
    const logger = resolve(LOGGER);
    logger.error({ err: error.toJSON() }, 'the orchestrator stops itself');
    fatal.tell(error);
    orchestrator
      .shutdown({ drainMs: config.shutdown.drainMs })
      .catch((cause: unknown) => logger.error({ err: classify(cause).toJSON() }, 'the shutdown failed'));
  };
  const services = servicesOf(root, options, parts, { alerts, onFatal });
  resolve(EVENT_BUS).listen('statistics', parts.statistics.handle);
  resolve(EVENT_STREAM);
  shutdown.following = followPhases(engine, parts.tasks, parts.directory, resolve(LOGGER));
  const runner = new AgentRunner(services, parts.tasks, resolve(SESSION_STORE));
  shutdown.begin = async () => {
    if (options.isWorker === false || shutdown.isClosing) return;
    shutdown.serving = await engine.serve(new Map([[AGENT_TASK, runner.handler]]), {
      workerId: resolve(IDS)('worker'),
      slots: config.maxConcurrentAgents,
      claimMs: config.engine.claimMs,
    });
    shutdown.afterwards = followUp(engine, parts.tasks, resolve(LOGGER));
    await parts.schedules.start();
    shutdown.schedules = parts.schedules;
  };
  return orchestrator;
}

function partsOf(
  root: CompositionRoot,
  shutdown: ShutDown,
  lanes: LaneLimits,
  alerts: AlertGate,
): Omit<OrchestratorParts, 'fatal'> {
  const { resolve } = root;
  const [engine, bus, clock, desks, agents] = [
    resolve(ENGINE),
    resolve(EVENT_BUS),
    resolve(CLOCK),
    resolve(WORK_DESKS),
    resolve(AGENT_BOOK),
  ];
  const [tools, models, plugins] = [resolve(TOOL_REGISTRY), resolve(MODEL_REGISTRY), resolve(PLUGIN_REGISTRY)];
  const { retention } = resolve(CONFIG).engine;
  const mask = resolve(SECRET_MASK);
  const tasks = new TaskBook({
    bus,
    mask,
    clock,
    state: engine.state,
    engine,
    keepFinished: retention.finishedTasks,
    isDurable: engine.caps.durable,
    onFail: (task, error) => writeDeadLetter(root, task, error),
    onPause: (task, view) => askAboutPause(root, alerts, task, view),
  });
  const probeStore = async (): Promise<void> => void (await engine.state.get('health', 'probe'));
  const [breakers, plans, createId] = [resolve(BREAKERS), resolve(RECOVERY_PLANS), resolve(IDS)];
  const begin = (): Promise<void> => shutdown.work();
  const waitsForRoom = resolve(CONFIG).engine.whenFull === 'queue';
  const admission = new Admission({ engine, clock, random: resolve(RANDOM), waitsForRoom, closing: shutdown.closing });
  const admit = (spec: TaskSpec): Promise<void> => admission.submit(spec);
  const scheduler = new Scheduler({ begin, admit, tasks, agents, engine, desks, bus, clock, plans, createId, mask });
  const schedules = new Schedules({
    state: engine.state,
    clock,
    createId,
    logger: resolve(LOGGER),
    fire: (id, task) => scheduler.fire(id, task),
    readUserContext: (task) => scheduler.readUserContext(task),
  });
  return {
    agents,
    tasks,
    directory: new AgentDirectory({
      agents,
      tools,
      models,
      engine,
      bus,
      plans,
      lanes,
      mask,
      ...(engine.caps.durable ? { store: new AgentStore(engine.state) } : {}),
    }),
    scheduler,
    schedules,
    engine,
    tools,
    errors: resolve(ERROR_HANDLER),
    plugins,
    pluginDesk: new PluginDesk({ plugins, tools, models, prices: resolve(PRICE_BOOK) }),
    budgets: resolve(BUDGET_LEDGER),
    desks,
    bus,
    clock,
    statistics: new StatisticsReader(),
    health: new HealthDesk({ models, plugins, breakers, clock, probeStore, isClosing: () => shutdown.isClosing }),
    streamCapacity: resolve(CONFIG).events.bufferSize,
    wiring: () => root.wiring(),
    work: () => shutdown.work(),
    hurry: () => shutdown.hurry(),
    close: (drainMs) => shutdown.close(tasks, drainMs),
  };
}

function limitsOf(root: CompositionRoot): Limits {
  const { maxConcurrentAgents, agents } = root.resolve(CONFIG);
  return { total: maxConcurrentAgents, ...optional({ perLaneDefault: agents.concurrentTasks }) };
}

function servicesOf(
  root: CompositionRoot,
  options: OrchestratorOptions,
  { scheduler, directory }: Pick<OrchestratorParts, 'scheduler' | 'directory'>,
  { alerts, onFatal }: Pick<RunServices, 'alerts' | 'onFatal'>,
): RunServices {
  const { resolve } = root;
  const config = resolve(CONFIG);
  const { turns, parallelToolCalls, taskTimeoutMs, turnTimeoutMs, delegationDepth, repeatsBeforeLoop } = config.agents;
  const [errors, guards, clock] = [resolve(ERROR_HANDLER), resolve(MODEL_GUARDS), resolve(CLOCK)];
  const plans = resolve(RECOVERY_PLANS);
  return {
    clock,
    logger: resolve(LOGGER),
    agents: resolve(AGENT_BOOK),
    models: resolve(MODEL_REGISTRY),
    gateway: resolve(MODEL_GATEWAY),
    tools: resolve(TOOL_REGISTRY),
    errors,
    budgets: resolve(BUDGET_LEDGER),
    desks: resolve(WORK_DESKS),
    children: scheduler,
    findRevision: (id, revision) => directory.revision(id, revision),
    settings: {
      turns,
      parallelToolCalls,
      taskTimeoutMs,
      delegationDepth,
      repeatsBeforeLoop,
      ...optional({ turnTimeoutMs }),
      approvals: config.tools.approvals,
      canPark: config.recovery.parking,
      canAskPeople: options.canAskPeople ?? config.recovery.parking,
    },
    alerts,
    onFatal,
    recovery: (facts) => new StepRecovery({ errors, guards, plans, clock }, facts),
  };
}

/** Watches the phases of tasks: the one place where a task's end is noticed. */
async function followPhases(
  engine: TaskEngine,
  tasks: TaskBook,
  directory: AgentDirectory,
  logger: Logger,
): Promise<void> {
  const running = new Map<string, string>();
  for await (const item of engine.feed('now', { types: ['phase'] })) {
    if (item.task === undefined) continue;
    const { phase } = item.data as unknown as { readonly phase: Phase };
    const agentId = tasks.peek(item.task)?.record.agentId;
    if (phase === 'running' && agentId !== undefined && !running.has(item.task)) {
      running.set(item.task, agentId);
      directory.countRunning(agentId, 1);
    } else if (phase !== 'running' && running.has(item.task)) {
      directory.countRunning(running.get(item.task) as string, -1);
      running.delete(item.task);
    }
    await tasks
      .phaseChanged(item.task, phase)
      .catch((error: unknown) =>
        logger.error({ err: error, taskId: item.task }, 'a change of phase could not be taken in'),
      );
  }
}

/** Failed tasks that are looked through at the start, the latest first. */
const LOOK_BACK = 200;

/** What failed or was paused when its process died is told of by the next one. */
async function followUp(engine: TaskEngine, tasks: TaskBook, logger: Logger): Promise<void> {
  if (!engine.caps.durable) return;
  try {
    for (const phase of ['failed', 'paused'] as const) {
      const { items } = await engine.list({
        phases: [phase],
        kind: AGENT_TASK,
        order: 'newest-first',
        limit: LOOK_BACK,
      });
      for (const { id } of items) await tasks.followUp(id);
    }
  } catch (error) {
    logger.warn({ err: error }, 'tasks that ended with an earlier process could not be looked through');
  }
}

/** A run the engine paused becomes a question to people: asked once, whatever the number of processes. */
async function askAboutPause(root: CompositionRoot, alerts: AlertGate, task: LiveTask, view: TaskView): Promise<void> {
  const question = questionOfPause(task.record, view, root.resolve(CLOCK).now());
  const isNew = await root.resolve(WORK_DESKS).escalations.add(question);
  if (!isNew) return;
  const { id: escalationId, error, question: words } = question;
  const isAlert = alerts.admits(task.record.id, error.severity);
  task.events.emit('escalation-request', {
    escalationId,
    to: 'person',
    error,
    question: words,
    ...(isAlert ? {} : { isAlert }),
  });
}

async function writeDeadLetter(
  root: CompositionRoot,
  task: LiveTask,
  error: OrchestratorError,
): Promise<string | undefined> {
  if (task.record.parentTaskId !== undefined) return undefined;
  const id = `deadletter_${task.record.id.replace(/^task_/, '')}`;
  const now = root.resolve(CLOCK).now();
  const { deadLetters, traces } = root.resolve(WORK_DESKS);
  const trace = await traces.take(task.record.id);
  const isNew = await deadLetters.add({
    id,
    taskId: task.record.id,
    agentId: task.record.agentId,
    reason: error.code === 'POISON' ? 'poison' : error.code,
    input: task.record.input as unknown as Json,
    errors: [...(trace?.errors ?? []), error.toJSON()],
    ...optional({ transcript: trace?.transcript }),
    writtenAt: now,
    status: 'open',
  });
  if (trace !== undefined) await traces.drop(task.record.id);
  if (isNew) task.events.emit('deadletter-write', { deadLetterId: id, reason: error.code });
  return id;
}

function openRootBudget(root: CompositionRoot): void {
  const { budgets } = root.resolve(CONFIG);
  root.resolve(BUDGET_LEDGER).setLimits('orchestrator', budgets);
}
