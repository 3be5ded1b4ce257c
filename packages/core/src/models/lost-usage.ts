import type { ModelRequest, ModelUsage } from '@master-orchestrator/contracts';
import { estimateTokens } from './estimate.js';
import type { ModelTarget } from './model-registry.js';

/** Tokens of a request's input: as the provider counts, else as estimated on the high side. */
export async function countTokens({ provider }: ModelTarget, request: ModelRequest): Promise<number> {
  return (await provider.countTokens?.(request)) ?? estimateTokens(request);
}

/**
 * What an answer that never arrived whole has used, as far as can be known; marked as an estimate. Of a stream that is
 * the text that came. Of a plain answer nothing came, so that it is taken to be as long as it was allowed to be.
 */
export async function usageOfLost(
  target: ModelTarget,
  request: ModelRequest,
  received: string | undefined,
): Promise<ModelUsage> {
  const inputTokens = await countTokens(target, request);
  const outputTokens =
    received === undefined ? (request.settings.maxOutputTokens ?? 0) : await tokensOf(target, request.model, received);
  return { inputTokens, outputTokens, cachedInputTokens: 0, reasoningTokens: 0, isEstimated: true };
}

async function tokensOf(target: ModelTarget, model: string, text: string): Promise<number> {
  if (text === '') return 0;
  return countTokens(target, {
    model,
    items: [{ type: 'message', role: 'assistant', content: text }],
    tools: [],
    settings: {},
  });
}
