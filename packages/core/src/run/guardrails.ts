import type { Guardrail, GuardrailVerdict, RunState, StepPolicy } from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError } from '@master-orchestrator/errors';
import type { RunContext } from './run-context.js';

/**
 * Runs the guardrails of an agent over what goes in or comes out: the blocking ones in order, then those of an answer that
 * are parallel all at once. Each verdict is a step of its own, so that a resumed run does not judge twice.
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
  const stepOf = (guardrail: Guardrail): StepOf => ({
    key: `${side}-guardrail/${guardrail.name}/${context.turn}`,
    policy: { repeat: 'harmless' },
    body: () => judge(guardrail, text, state, context.signal),
  });
  for (const guardrail of guardrails) {
    if (guardrail.mode === 'parallel') continue;
    const { key, policy, body } = stepOf(guardrail);
    const verdict = await context.step(key, policy, body);
    if (!verdict.ok) throw tripped(context, guardrail, side, verdict.reason);
  }
  const atOnce = side === 'input' ? [] : guardrails.filter(({ mode }) => mode === 'parallel');
  if (atOnce.length === 0) return;
  const verdicts = await context.parallel(atOnce.map(stepOf));
  verdicts.forEach((verdict, index) => {
    if (!verdict.ok) throw tripped(context, atOnce[index] as Guardrail, side, verdict.reason);
  });
}

interface StepOf {
  readonly key: string;
  readonly policy: StepPolicy;
  readonly body: () => Promise<GuardrailVerdict>;
}

/** Guardrails at work beside the first model call. */
export interface Judging {
  /** Waits for all verdicts; the run takes its first answer only after it. */ passed(): Promise<void>;
  /** Nobody waits for a verdict any more. */ stop(): void;
}

/**
 * Starts the parallel input guardrails beside the first model call. A bad verdict aborts the run at once.
 *
 * @returns `undefined` where there are none
 */
export function startGuardrails(context: RunContext, state: RunState): Judging | undefined {
  const guardrails = (context.active.agent.definition.inputGuardrails ?? []).filter(({ mode }) => mode === 'parallel');
  if (guardrails.length === 0) return undefined;
  const text = inputTextOf(state);
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const verdicts = guardrails.map(async (guardrail) => {
    const verdict = await judge(guardrail, text, state, signal);
    if (verdict.ok) return;
    const error = tripped(context, guardrail, 'input', verdict.reason);
    context.abort(error);
    throw error;
  });
  const all = Promise.all(verdicts);
  all.catch(() => undefined);
  return {
    passed: async () => void (await all),
    stop: () => over.abort(new CancelledError('the run has ended')),
  };
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
