import type { EventStream, OrchestratorEvent } from '@master-orchestrator/contracts';

/** Prints a line when an agent starts, has used a tool, and ends; the lines of agents at work at once alternate. */
export function showSteps(orchestrator: Pick<EventStream, 'listen'>): void {
  const names = new Map<string | undefined, string>();
  orchestrator.listen('show-steps', (event: OrchestratorEvent) => {
    if (event.type === 'run-start') names.set(event.taskId, event.data.agentName);
    const line = describe(event);
    if (line !== undefined) console.log(`  ${names.get(event.taskId) ?? 'agent'}: ${line}`);
    if (event.type === 'run-end') names.delete(event.taskId);
  });
}

function describe(event: OrchestratorEvent): string | undefined {
  switch (event.type) {
    case 'run-start':
      return 'starts';
    case 'tool-call-progress': {
      const update = event.data.update as { readonly file?: unknown } | null;
      return typeof update?.file === 'string' ? `wrote ${update.file}` : undefined;
    }
    case 'tool-call-end':
      return `${event.data.tool} ${event.data.outcome === 'ok' ? 'ok' : (event.data.error?.code ?? event.data.outcome)}`;
    case 'handoff-start':
      return `hands work to ${event.data.toName}`;
    case 'run-end':
      return `${event.data.outcome} after ${event.data.turns} turn${event.data.turns === 1 ? '' : 's'}`;
    default:
      return undefined;
  }
}
