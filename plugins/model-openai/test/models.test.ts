import { describe, expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { estimateInputTokens, estimateTextTokens } from '../src/token-estimate.js';
import { metricsTool, requestOf, userSays } from './support/requests.js';

const provider = createOpenAIProvider({
  apiKey: 'sk-test-key-0123456789',
  modelDescriptions: { 'my-deployment': { contextWindow: 32_000 } },
});

describe('what is known of a model', () => {
  it.each([
    ['gpt-4o', 128_000, 16_384],
    ['gpt-4o-2024-08-06', 128_000, 16_384],
    ['gpt-4o-2024-05-13', 128_000, 4_096],
    ['gpt-4', 8_192, 8_192],
    ['gpt-4.1-mini', 1_047_576, 32_768],
    ['gpt-5', 400_000, 128_000],
    ['gpt-5-chat-latest', 128_000, 16_384],
    ['gpt-5.4', 1_050_000, 128_000],
    ['gpt-5.4-mini-2026-03-17', 400_000, 128_000],
    ['o3-mini', 200_000, 100_000],
    ['openai/gpt-4o', 128_000, 16_384],
    ['ft:gpt-4o:acme::abc', 128_000, 16_384],
  ])('%s: %i tokens, of them %i of output', (model, contextWindow, maxOutputTokens) => {
    expect(provider.describe(model)).toEqual({ contextWindow, maxOutputTokens });
  });

  it('is nothing where a name only begins alike', () => {
    for (const model of ['o1x', 'gpt-50', 'llama-3', 'gpt-4ever', '']) expect(provider.describe(model)).toEqual({});
  });

  it('is what the user says, before the table', () => {
    expect(provider.describe('my-deployment')).toEqual({ contextWindow: 32_000 });
  });
});

describe('the estimate of tokens', () => {
  it('grows with every part of a request', () => {
    const small = requestOf();
    const larger = [
      requestOf({ instructions: 'Be brief and polite.' }),
      requestOf({ items: [...small.items, userSays('And now?')] }),
      requestOf({ tools: [metricsTool] }),
      requestOf({ outputSchema: { name: 'a', schema: metricsTool.parameters, isStrict: true } }),
      requestOf({
        items: [{ type: 'message', role: 'user', content: [{ type: 'image', url: 'https://example.com/a.png' }] }],
      }),
    ];
    for (const request of larger) expect(estimateInputTokens(request)).toBeGreaterThan(estimateInputTokens(small));
  });

  it('is near what tokenizers count: English, JSON, Chinese', () => {
    const near = (text: string, counted: number): void => {
      const ratio = estimateTextTokens(text) / counted;
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1.6);
    };
    near('The quick brown fox jumps over the lazy dog, and then it runs away into the forest.', 19);
    near('{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}', 20);
    near('今天天气很好，我们去公园散步吧。', 14);
  });
});
