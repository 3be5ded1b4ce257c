import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';
import { cost, count, duration, tokens } from '../output/format.js';
import type { Colors } from '../output/colors.js';
import type { LiveLine } from './live-line.js';
import type { TaskTree } from './task-tree.js';

interface Running {
  readonly agent: string;
  readonly depth: number;
}

/** Tells of each step of a run as it ends, one line a step: agent, model or tool, time, tokens, cost. */
export class Progress {
  readonly #live: LiveLine;
  readonly #tree: TaskTree;
  readonly #colors: Colors;
  readonly #runs = new Map<string, Running>();
  /** Steps under way with their start, the newest last. */
  readonly #open = new Map<string, { readonly what: string; readonly at: number }>();

  constructor(live: LiveLine, tree: TaskTree, colors: Colors) {
    this.#live = live;
    this.#tree = tree;
    this.#colors = colors;
  }

  /** Takes an event in; those of other tasks are passed over. */
  readonly handle = (event: OrchestratorEvent): void => {
    if (!this.#tree.has(event.taskId)) return;
    const line = this.#lineOf(event);
    if (line !== undefined) this.#live.print(this.#indent(event, line));
    const [last] = [...this.#open.values()].slice(-1);
    this.#live.show(last === undefined ? undefined : () => `${last.what}  ${duration(performance.now() - last.at)}`);
  };

  #lineOf(event: OrchestratorEvent): string | undefined {
    const agent = this.#agentOf(event);
    switch (event.type) {
      case 'run-start':
        this.#runs.set(event.taskId ?? '', { agent: event.data.agentName, depth: event.data.depth });
        return `${this.#colors.bold(event.data.agentName)} starts on ${event.data.model}`;
      case 'model-call-start':
        this.#begin(`${event.taskId} model`, `${agent}  model  ${event.data.model}  turn ${event.data.turn}`);
        return undefined;
      case 'tool-call-start':
        this.#begin(event.data.callId, `${agent}  tool   ${event.data.tool}`);
        return undefined;
      case 'model-call-end':
        this.#open.delete(`${event.taskId} model`);
        return `${agent}  model  ${this.#modelCall(event)}`;
      case 'tool-call-end':
        this.#open.delete(event.data.callId);
        return `${agent}  tool   ${this.#toolCall(event)}`;
      case 'recovery-decide':
        return `${agent}  ${this.#colors.yellow(event.data.action)}  ${recovery(event)}`;
      case 'handoff-start':
        return `${agent}  hands work to ${event.data.toName}`;
      case 'task-park':
        return event.data.reason === 'children' ? undefined : `${agent}  waits (${event.data.reason})`;
      case 'run-end':
        return `${this.#colors.bold(agent)} ${this.#outcome(event.data.outcome)} after ${count(event.data.turns, 'turn')}`;
      default:
        return undefined;
    }
  }

  #begin(key: string, what: string): void {
    this.#open.set(key, { what, at: performance.now() });
  }

  #modelCall({ data }: EventOf<'model-call-end'>): string {
    const head = `${data.model}  turn ${data.turn}`;
    const attempt = data.attempt > 1 ? `  attempt ${data.attempt}` : '';
    if (data.outcome !== 'ok') {
      return `${head}${attempt}  ${this.#colors.red(data.error?.code ?? data.outcome)}  ${duration(data.durationMs)}`;
    }
    const used = data.usage === undefined ? '' : `  ${tokens(data.usage)}`;
    const price = data.costUsd === undefined ? '' : `  ${cost(data.costUsd)}`;
    return `${head}${attempt}  ${duration(data.durationMs)}${used}${price}`;
  }

  #toolCall({ data }: EventOf<'tool-call-end'>): string {
    const failed = data.outcome === 'ok' ? '' : `  ${this.#colors.red(data.error?.code ?? data.outcome)}`;
    return `${data.tool}${failed}  ${duration(data.durationMs)}`;
  }

  #outcome(outcome: string): string {
    return outcome === 'completed' ? this.#colors.green(outcome) : this.#colors.red(outcome);
  }

  #agentOf({ taskId }: OrchestratorEvent): string {
    return this.#runs.get(taskId ?? '')?.agent ?? 'agent';
  }

  #indent({ taskId }: OrchestratorEvent, line: string): string {
    return `${'  '.repeat(this.#runs.get(taskId ?? '')?.depth ?? 0)}${line}`;
  }
}

function recovery({ data }: EventOf<'recovery-decide'>): string {
  const target = data.target === undefined ? '' : ` to ${data.target}`;
  const delay = data.delayMs === undefined ? '' : ` after ${duration(data.delayMs)}`;
  const most = data.maxAttempts === undefined ? '' : ` of ${data.maxAttempts}`;
  return `${data.code}${target}${delay}  attempt ${data.attempt}${most}`;
}
