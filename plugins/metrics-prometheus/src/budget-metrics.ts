import type { EventOf } from '@master-orchestrator/contracts';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { AgentNames } from './agent-names.js';
import { LabelValues } from './label-values.js';

/** What was spent under budgets, and how near their bounds they are. */
export class BudgetMetrics {
  readonly #labels: LabelValues;
  readonly #agents: AgentNames;
  readonly #tokens: Counter<'budget'>;
  readonly #cost: Counter<'budget'>;
  readonly #use: Gauge<'budget' | 'bound'>;
  readonly #warnings: Counter<'budget' | 'bound'>;
  readonly #refusals: Counter<'budget' | 'bound'>;

  constructor(registry: Registry, prefix: string, maxLabelValues: number, agents: AgentNames) {
    this.#labels = new LabelValues(maxLabelValues);
    this.#agents = agents;
    const registers = [registry];
    this.#tokens = new Counter({
      name: `${prefix}budget_tokens_total`,
      help: 'Tokens settled under a budget that has bounds.',
      labelNames: ['budget'],
      registers,
    });
    this.#cost = new Counter({
      name: `${prefix}budget_cost_usd_total`,
      help: 'Money settled under a budget that has bounds, in US dollars.',
      labelNames: ['budget'],
      registers,
    });
    this.#use = new Gauge({
      name: `${prefix}budget_use_ratio`,
      help: 'Part of a bound that was used (1: all of it) when the budget last warned or refused.',
      labelNames: ['budget', 'bound'],
      registers,
    });
    this.#warnings = new Counter({
      name: `${prefix}budget_warnings_total`,
      help: 'Budgets that passed their warning threshold.',
      labelNames: ['budget', 'bound'],
      registers,
    });
    this.#refusals = new Counter({
      name: `${prefix}budget_refusals_total`,
      help: 'Calls that a budget refused.',
      labelNames: ['budget', 'bound'],
      registers,
    });
  }

  /** Takes an event in. */
  take(event: EventOf<'budget-settle' | 'budget-warn' | 'budget-refuse'>): void {
    const budget = this.#label(event.data.budget);
    if (event.type === 'budget-settle') {
      const { tokens, costUsd = 0 } = event.data;
      if (tokens > 0) this.#tokens.inc({ budget }, tokens);
      if (costUsd > 0) this.#cost.inc({ budget }, costUsd);
      return;
    }
    const { bound, limit, used } = event.data;
    (event.type === 'budget-warn' ? this.#warnings : this.#refusals).inc({ budget, bound });
    if (limit > 0) this.#use.set({ budget, bound }, used / limit);
  }

  /** Budgets of single tasks and goals share a label: there is no end of them. */
  #label(id: string): string {
    const [kind = id, ...rest] = id.split(':');
    if (rest.length === 0) return this.#labels.of(kind);
    if (kind === 'agent') return this.#labels.of(`agent:${this.#agents.label(rest.join(':'))}`);
    return kind === 'team' ? this.#labels.of(id) : this.#labels.of(kind);
  }
}
