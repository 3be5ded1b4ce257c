import type { Guardrail, GuardrailVerdict, RunState } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { RunContext } from './run-context.js';

/**
 * Runs the blocking guardrails of an agent over what goes in or comes out. Each verdict is a step of its own, so that a
 * resumed run does not judge twice.
 *
 * @throws OrchestratorError GUARDRAIL_TRIPPED
 */
export async function checkGuardrails(
  context: RunContext,
  side: 'input' | 'output',
  state: RunState,
  text = inputTextOf(state),
): Promise<void> {
  const { definition } = context.active.agent;
  const guardrails = (side === 'input' ? definition.inputGuardrails : definition.outputGuardrails) ?? [];
  for (const guardrail of guardrails) {
    if (side === 'input' && guardrail.mode === 'parallel') continue;
    const key = `${side}-guardrail/${guardrail.name}/${context.turn}`;
    const verdict = await context.step<GuardrailVerdict>(key, { repeat: 'harmless' }, () =>
      judge(guardrail, text, state, context.signal),
    );
    if (!verdict.ok) throw tripped(context, guardrail, side, verdict.reason);
  }
}

/**
 * Starts the parallel input guardrails beside the first model call. A bad verdict aborts the run at once.
 *
 * @returns waits for all verdicts; the run takes its first answer only after it
 */
export function startGuardrails(context: RunContext, state: RunState): () => Promise<void> {
  const guardrails = (context.active.agent.definition.inputGuardrails ?? []).filter(({ mode }) => mode === 'parallel');
  if (guardrails.length === 0) return () => Promise.resolve();
  const text = inputTextOf(state);
  const verdicts = guardrails.map(async (guardrail) => {
    const verdict = await judge(guardrail, text, state, context.signal);
    if (verdict.ok) return;
    const error = tripped(context, guardrail, 'input', verdict.reason);
    context.abort(error);
    throw error;
  });
  const all = Promise.all(verdicts);
  all.catch(() => undefined);
  return async () => void (await all);
}

function tripped(context: RunContext, guardrail: Guardrail, side: string, reason: string): OrchestratorError {
  const { name } = context.active.agent.definition;
  return new OrchestratorError(
    'GUARDRAIL_TRIPPED',
    `Guardrail "${guardrail.name}" stopped the ${side} of agent "${name}": ${reason}`,
  );
}

async function judge(
  guardrail: Guardrail,
  text: string,
  state: RunState,
  signal: AbortSignal,
): Promise<GuardrailVerdict> {
  try {
    return await guardrail.check(text, state, signal);
  } catch (cause) {
    throw new OrchestratorError(
      'GUARDRAIL_TRIPPED',
      `Guardrail "${guardrail.name}" failed itself, so nothing passes it. Look at the cause.`,
      { cause },
    );
  }
}

function inputTextOf(state: RunState): string {
  const texts: string[] = [];
  for (const item of state.items) {
    if (item.type !== 'message' || item.role !== 'user') continue;
    if (typeof item.content === 'string') texts.push(item.content);
    else for (const part of item.content) if (part.type === 'text') texts.push(part.text);
  }
  return texts.join('\n');
}
