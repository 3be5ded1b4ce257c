import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { askPerson } from './escalation.js';
import type { RunContext } from './run-context.js';
import type { TurnCalls } from './tool-calls.js';

/**
 * Settles a failure of a tool call that is not for the model to handle: stops the orchestrator, asks whoever can decide,
 * or ends the task, as the plan of the failure has it.
 *
 * @returns the calls with the result that the failed one has after all
 * @throws OrchestratorError the failure, where it ends the task
 */
export async function settleFatal(context: RunContext, done: TurnCalls): Promise<TurnCalls> {
  const { fatal } = done;
  if (fatal === undefined) return done;
  const error = context.told(OrchestratorError.fromJSON(fatal.error));
  const tool = done.results[fatal.index]?.name ?? 'tool';
  if (fatal.action === 'stop') context.services.onFatal(error);
  if (fatal.action !== 'ask') throw error;
  const answer = await askPerson(context, `t${context.turn}/c${fatal.index}/fatal`, error, `call of "${tool}"`);
  if (answer.action === 'fail') throw error;
  const note = answer.note === undefined ? '' : ` ${answer.note}`;
  const output =
    answer.action === 'result'
      ? textOfJson(answer.result)
      : answer.action === 'retry'
        ? `${error.code}: a person has removed the cause.${note} Make this call again.`
        : `${error.code}: a person says to go on without this call.${note} Do not repeat it.`;
  return withResult(done, fatal.index, output, answer.action !== 'result');
}

function withResult(done: TurnCalls, index: number, output: string, isError: boolean): TurnCalls {
  const results = done.results.map((result, at) => {
    if (at !== index) return result;
    const { isError: _, ...rest } = result;
    return { ...rest, output, ...(isError ? { isError } : {}) };
  });
  const calls = done.calls.map((call, at) => (at === index ? { ...call, output, isError } : call));
  return { ...done, results, calls };
}

function textOfJson(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
