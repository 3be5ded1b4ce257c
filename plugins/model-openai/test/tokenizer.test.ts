import type { ModelRequest } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { userSays } from './support/requests.js';

const openai = createOpenAIProvider({ apiKey: 'sk-loopback-0123456789' });
const elsewhere = createOpenAIProvider({ baseUrl: 'http://127.0.0.1:9/v1' });
const asking = (text: string, model = 'gpt-4o'): ModelRequest => ({
  model,
  items: [userSays(text)],
  tools: [],
  settings: {},
});
/** What stands around a message. */
const OVERHEAD = 4;

describe('the count of tokens', () => {
  // Special tokens are not special in what users write: seven ordinary ones.
  it.each([
    ['The quick brown fox jumps over the lazy dog, and then it runs away into the forest.', 'gpt-4o', 19],
    ['tiktoken is great!', 'gpt-4o', 6],
    ['tiktoken is great!', 'gpt-3.5-turbo', 6],
    ['<|endoftext|>', 'gpt-4o', 7],
  ])('of %j for %s is that of its tokenizer', async (text, model, tokens) => {
    expect(await openai.countTokens?.(asking(text, model))).toBe(tokens + OVERHEAD);
  });

  it('differs for models with the older tokenizer', async () => {
    const chinese = '数据已经准备好了，请开始分析。';
    const [newer = 0, older = 0] = await Promise.all(
      ['gpt-4.1', 'gpt-4-0613'].map(async (model) => openai.countTokens?.(asking(chinese, model))),
    );
    expect(newer).toBeLessThan(older);
  });

  it('is higher where the tokenizer of the model is not known', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
    const [here = 0, there = 0] = await Promise.all(
      [openai, elsewhere].map(async (provider) => provider.countTokens?.(asking(text, 'llama'))),
    );
    expect(there).toBeGreaterThan(here);
    expect(there).toBeLessThan(here * 1.3);
  });

  it.each([
    ['one letter', 'a'.repeat(150_000)],
    ['words without spaces', '数据已经准备好了'.repeat(4_000)],
    ['noise', Buffer.from(Array.from({ length: 60_000 }, (_, n) => (n * 7_919) % 256)).toString('base64')],
  ])('of a long text of %s stays near that of its parts', async (_name, text) => {
    const whole = (await openai.countTokens?.(asking(text))) ?? 0;
    const part = (await openai.countTokens?.(asking(text.slice(0, 2_000)))) ?? 0;
    const expected = ((part - OVERHEAD) * text.length) / 2_000;
    expect(whole).toBeGreaterThan(expected * 0.9);
    expect(whole).toBeLessThan(expected * 1.1);
  });
});
