import type { OrchestratorError } from '@master-orchestrator/errors';
import { fitUserContext } from '@master-orchestrator/tools';
import type { AgentRevision } from '../agents/agent-book.js';
import type { ModelTarget } from '../models/model-registry.js';
import { activate, type RunContext } from './run-context.js';
import type { StepRecovery } from './step-recovery.js';

/** Begin of a target that is an agent, not a model. */
const AGENT = 'agent:';

/** The recovery of a model call: it may go to other models, then to other agents, then to a declared result. */
export function recoveryOfModelCall(context: RunContext, targets: readonly ModelTarget[]): StepRecovery {
  const { fallbackResult } = context.active.agent.definition;
  return context.services.recovery({
    kind: 'model-call',
    name: targets[0]?.label ?? 'model',
    context,
    fallbacks: (error, at) => modelFallbacks(context, targets, error, at),
    budgetKey: (label) => (targets.find((target) => target.label === label) ?? targets[0])?.key ?? 'model',
    ...(fallbackResult === undefined ? {} : { declaredResult: fallbackResult }),
  });
}

/**
 * Where a model call that failed may go: the other models whose breakers let it through, then the agents that stand in
 * for this one.
 *
 * @param at - Label of the model that failed.
 */
function modelFallbacks(
  context: RunContext,
  targets: readonly ModelTarget[],
  error: OrchestratorError,
  at: string | undefined,
): readonly string[] {
  const fit = error.code === 'CONTEXT_TOO_LONG' ? withLongerWindow(targets, at) : targets;
  return [...context.services.gateway.admitted(fit), ...fallbackAgents(context).map(({ id }) => AGENT + id)];
}

/** The models without the first ones, up to the one that failed: what is left is asked from now on. */
export function targetsFrom(targets: readonly ModelTarget[], label: string): readonly ModelTarget[] {
  const at = targets.findIndex((target) => target.label === label);
  return at < 0 ? targets : targets.slice(at);
}

/** The models after the one that failed. */
export function otherModels(targets: readonly ModelTarget[], at: string | undefined): readonly string[] {
  return targets.slice(targets.findIndex(({ label }) => label === at) + 1).map(({ label }) => label);
}

/**
 * Lets the agent of a fallback take the conversation over.
 *
 * @param target - As {@link recoveryOfModelCall} named it.
 * @returns false where the target is no agent
 */
export function takeOverAs(context: RunContext, target: string): boolean {
  const agent = fallbackAgents(context).find(({ id }) => AGENT + id === target);
  if (agent === undefined) return false;
  const { name } = agent.definition;
  context.replacedAgents.add(context.active.agent.id);
  context.events.hold('handoff-start', { mode: 'fallback', to: agent.id, toName: name });
  context.active = activate(agent, context.services, context);
  context.events.aim({ agentId: agent.id });
  context.events.hold('handoff-end', { mode: 'fallback', to: agent.id, outcome: 'completed' });
  return true;
}

/** Those that can stand in: one that needs another user context than the task has cannot. */
function fallbackAgents({ active, services, replacedAgents, userContext }: RunContext): readonly AgentRevision[] {
  const { definition, team } = active.agent;
  return (definition.fallbackAgents ?? [])
    .map((name) => services.agents.find(name, team))
    .filter(({ id }) => id !== active.agent.id && !replacedAgents.has(id))
    .filter(({ definition: { userContextSchema: schema } }) => {
      return schema === undefined || fitUserContext(schema, userContext).fits;
    });
}

/** A model whose window is not known may have a longer one; one that is known to be no longer has not. */
function withLongerWindow(targets: readonly ModelTarget[], at: string | undefined): readonly ModelTarget[] {
  const window = windowOf(targets.find(({ label }) => label === at));
  if (window === undefined) return targets;
  return targets.filter((target) => (windowOf(target) ?? Number.POSITIVE_INFINITY) > window);
}

function windowOf(target: ModelTarget | undefined): number | undefined {
  return target?.provider.describe(target.model).contextWindow;
}
