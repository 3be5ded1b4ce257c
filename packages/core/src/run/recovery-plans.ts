import type { OrchestratorConfig } from '@master-orchestrator/config';
import type { RecoveryOverrides } from '@master-orchestrator/contracts';
import { mergePlans, OrchestratorError, type PlanTable } from '@master-orchestrator/errors';
import { nearest } from '../nearest.js';

/** Whose plans may hold for a step. */
export interface PlanOwners {
  readonly agent: { readonly name: string; readonly recovery?: RecoveryOverrides | undefined };
  /** Of a tool call. */ readonly tool?:
    | { readonly name: string; readonly recovery?: RecoveryOverrides | undefined }
    | undefined;
  readonly task: { readonly recovery?: RecoveryOverrides | undefined };
}

/**
 * Finds the plans that hold for a step besides those of the whole orchestrator: the agent's, then the tool's, then the
 * task's; what the configuration says of an agent or tool goes before what it says of itself. The later one wins.
 */
export class RecoveryPlans {
  readonly #agents: Readonly<Record<string, RecoveryOverrides>>;
  readonly #tools: Readonly<Record<string, RecoveryOverrides>>;
  readonly #strategies: readonly string[];

  /**
   * @param strategies - Names that plans may use.
   * @throws OrchestratorError CONFIG_INVALID where a configured plan names another one
   */
  constructor(
    { plans, agents, tools }: Pick<OrchestratorConfig['recovery'], 'plans' | 'agents' | 'tools'>,
    strategies: readonly string[],
  ) {
    this.#agents = agents;
    this.#tools = tools;
    this.#strategies = strategies;
    this.check(plans, 'CONFIG_INVALID', 'recovery.plans');
    for (const [name, own] of Object.entries(agents)) this.check(own, 'CONFIG_INVALID', `recovery.agents.${name}`);
    for (const [name, own] of Object.entries(tools)) this.check(own, 'CONFIG_INVALID', `recovery.tools.${name}`);
  }

  /** Plans laid over each other; `undefined` where nobody has any. */
  for({ agent, tool, task }: PlanOwners): PlanTable | undefined {
    const levels = [
      agent.recovery,
      ownEntry(this.#agents, agent.name),
      tool?.recovery,
      tool === undefined ? undefined : ownEntry(this.#tools, tool.name),
      task.recovery,
    ].filter((level) => level !== undefined);
    return levels.length < 2 ? levels[0] : mergePlans({}, ...levels);
  }

  /**
   * A plan that names a strategy nobody has would pass it over without a word.
   *
   * @throws OrchestratorError with `code`
   */
  check(plans: RecoveryOverrides | undefined, code: string, what: string): void {
    for (const [key, plan] of Object.entries(plans ?? {})) {
      const unknown = plan.find(({ strategy }) => !this.#strategies.includes(strategy))?.strategy;
      if (unknown === undefined) continue;
      const guess = nearest(unknown, this.#strategies);
      const hint = guess === undefined ? `There are: ${this.#strategies.join(', ')}.` : `Did you mean "${guess}"?`;
      throw new OrchestratorError(
        code,
        `${what}: the plan of "${key}" names the strategy "${unknown}", which no plugin adds. ${hint}`,
      );
    }
  }
}

function ownEntry<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
