import type { ModelResponse } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { refusalOf, textOf } from '../run/transcript.js';

/** Says what is wrong with an answer that arrived whole, or `undefined` where the run can go on with it. */
export function inspectAnswer(
  response: ModelResponse,
  model: string,
  wantsShape: boolean,
): OrchestratorError | undefined {
  const hasCalls = response.items.some((item) => item.type === 'tool-call');
  switch (response.finish) {
    case 'length':
      return hasCalls
        ? new OrchestratorError(
            'TOOL_CALL_TRUNCATED',
            `Model "${model}" reached its output limit inside a tool call; the call was not run.`,
          )
        : new OrchestratorError(
            'OUTPUT_TRUNCATED',
            `Model "${model}" reached its output limit before the answer was complete.`,
          );
    case 'filtered':
      return new OrchestratorError(
        'OUTPUT_FILTERED',
        `The provider's content filter stopped the answer of model "${model}".`,
      );
    case 'refused':
      return wantsShape
        ? new OrchestratorError('MODEL_REFUSED', `Model "${model}" refused to answer in the shape asked for.`)
        : undefined;
    case 'stop':
    case 'tool_calls':
      if (hasCalls || refusalOf(response.items) !== undefined || textOf(response.items).trim() !== '') return undefined;
      return new OrchestratorError('OUTPUT_EMPTY', `Model "${model}" answered with no text and no tool call.`);
  }
}
