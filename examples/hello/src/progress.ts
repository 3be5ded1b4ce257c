import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';

/** Prints one line for each step as it ends, indented by the depth of the agent. */
export class Progress {
  readonly #print: (line: string) => void;
  readonly #names = new Map<string, string>();
  readonly #depths = new Map<string, number>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Takes an event in. */
  readonly handle = (event: OrchestratorEvent): void => {
    switch (event.type) {
      case 'run-start':
        this.#names.set(event.taskId ?? '', event.data.agentName);
        this.#depths.set(event.taskId ?? '', event.data.depth);
        this.#line(event, `agent ${event.data.agentName} starts on ${event.data.model}`);
        return;
      case 'model-call-end':
        this.#line(event, `  model  ${this.#modelCall(event)}`);
        return;
      case 'tool-call-end':
        this.#line(event, `  tool   ${this.#toolCall(event)}`);
        return;
      case 'recovery-decide':
        this.#line(
          event,
          `  ${event.data.code}: ${event.data.action}${event.data.delayMs === undefined ? '' : ` after ${event.data.delayMs} ms`}`,
        );
        return;
      case 'handoff-start':
        this.#line(event, `  hands work to ${event.data.toName}`);
        return;
      case 'run-end':
        this.#line(
          event,
          `agent ${this.#names.get(event.taskId ?? '') ?? ''} ${event.data.outcome} after ${event.data.turns} turn${event.data.turns === 1 ? '' : 's'}`,
        );
        return;
      default:
        return;
    }
  };

  #modelCall({ data }: EventOf<'model-call-end'>): string {
    if (data.outcome !== 'ok') return `${data.model}  ${data.error?.code ?? data.outcome}  ${ms(data.durationMs)}`;
    const tokens =
      data.usage === undefined
        ? ''
        : `  ${data.usage.inputTokens} + ${data.usage.outputTokens} tokens${data.usage.isEstimated === true ? ' (estimated)' : ''}`;
    const cost = data.costUsd === undefined ? '' : `  $${data.costUsd.toFixed(4)}`;
    return `${data.model}  turn ${data.turn}  ${ms(data.durationMs)}${tokens}${cost}`;
  }

  #toolCall({ data }: EventOf<'tool-call-end'>): string {
    return `${data.tool}  ${data.outcome === 'ok' ? '' : `${data.error?.code ?? data.outcome}  `}${ms(data.durationMs)}`;
  }

  #line(event: OrchestratorEvent, text: string): void {
    this.#print(`${'  '.repeat(this.#depths.get(event.taskId ?? '') ?? 0)}${text}`);
  }
}

function ms(duration: number): string {
  return duration < 10 ? `${duration.toFixed(1)} ms` : `${Math.round(duration)} ms`;
}
