import type { ModelItem, ModelRequest, ModelResponse } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { refusalOf, textOf } from '../run/transcript.js';
import { countTokens } from './lost-usage.js';
import type { ModelAsk } from './model-gateway.js';
import type { ModelTarget } from './model-registry.js';

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

/** A shorter conversation fits the window of every model. */
const LEAST_CHARACTERS = 8_000;
/** A server that says less for such a conversation does not count. No model has a window this small. */
const LEAST_TOKENS = 1_000;
/** More characters a token than in any language. */
const CHARACTERS_PER_TOKEN = 6;
const SHARE_READ = 0.6;

/** True where so few tokens were counted for a long conversation that a closer look is worth its time. */
export function mayBeCut({ characters = 0, request }: ModelAsk, { usage }: ModelResponse): boolean {
  return (
    characters >= LEAST_CHARACTERS &&
    usage.isEstimated !== true &&
    usage.inputTokens >= LEAST_TOKENS &&
    usage.inputTokens * CHARACTERS_PER_TOKEN < characters &&
    request.previousResponseId === undefined
  );
}

/** A server that dropped a part of the conversation without a word, as Ollama does beyond its window. */
export async function cutSilently(
  target: ModelTarget,
  request: ModelRequest,
  { usage }: ModelResponse,
): Promise<OrchestratorError | undefined> {
  const { inputTokens } = usage;
  if (request.items.some(hasMedia)) return undefined; // images count differently everywhere
  const counted = await countTokens(target, request);
  if (inputTokens >= counted * SHARE_READ) return undefined;
  return new OrchestratorError(
    'CONTEXT_CUT_SILENTLY',
    `Model "${target.label}" has read ${inputTokens} of about ${counted} tokens. Raise the window of its server (num_ctx of Ollama), or state its real one in modelDescriptions.`,
    { details: { inputTokens, counted } },
  );
}

function hasMedia(item: ModelItem): boolean {
  return (
    item.type === 'message' && typeof item.content !== 'string' && item.content.some(({ type }) => type !== 'text')
  );
}
