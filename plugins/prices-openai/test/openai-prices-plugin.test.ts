import type { ModelPrice } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { OPENAI_PRICES, OPENAI_PRICES_AS_OF, openaiPricesPlugin } from '../src/index.js';

/** Finds a price as the host does: the exact name, else the longest beginning. */
function priceOf(model: string, prices: Readonly<Record<string, ModelPrice>> = OPENAI_PRICES): ModelPrice | undefined {
  const beginnings = Object.keys(prices).filter((name) => name.endsWith('*') && model.startsWith(name.slice(0, -1)));
  const longest = beginnings.sort((a, b) => b.length - a.length)[0];
  return prices[model] ?? (longest === undefined ? undefined : prices[longest]);
}

describe('the list prices', () => {
  it('hold the default model and its snapshots', () => {
    const price = { inputPerMillion: 2.5, cachedInputPerMillion: 1.25, outputPerMillion: 10 };
    expect(priceOf('gpt-4o')).toEqual(price);
    expect(priceOf('gpt-4o-2024-11-20')).toEqual(price);
    expect(priceOf('gpt-4o-2024-05-13')).toMatchObject({ inputPerMillion: 5, outputPerMillion: 15 });
  });

  it('do not guess a model from a similar name', () => {
    expect(['gpt-4o-audio-preview', 'gpt-5-ultra', 'gpt-7', 'o3x', 'my-gpt-4o'].map((model) => priceOf(model))).toEqual(
      Array.from({ length: 5 }),
    );
  });

  it('never ask more for cached input, and more for output than for input', () => {
    const odd = Object.entries(OPENAI_PRICES).filter(
      ([, { inputPerMillion, cachedInputPerMillion = 0, outputPerMillion }]) =>
        !(cachedInputPerMillion > 0 && cachedInputPerMillion <= inputPerMillion && outputPerMillion > inputPerMillion),
    );
    expect(odd).toEqual([]);
  });

  it('are dated', () => {
    expect(OPENAI_PRICES_AS_OF).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(openaiPricesPlugin().contributes.priceTables).toMatchObject([{ name: 'openai', asOf: OPENAI_PRICES_AS_OF }]);
  });
});

describe('prices of your own', () => {
  it('replace the list prices of the same name and add others', () => {
    const own = {
      'gpt-4o': { inputPerMillion: 1, outputPerMillion: 2 },
      'acme:*': { inputPerMillion: 0, outputPerMillion: 0 },
    };
    const [table] = openaiPricesPlugin({ prices: own, asOf: '2027-01-02' }).contributes.priceTables ?? [];
    expect(table?.asOf).toBe('2027-01-02');
    expect(table?.prices).toMatchObject(own);
    expect(priceOf('o3', table?.prices)).toEqual(OPENAI_PRICES['o3']);
  });

  it.each([
    [{ prices: { x: { inputPerMillion: -1, outputPerMillion: 1 } } }],
    [{ prices: { x: { inputPerMillion: Number.NaN, outputPerMillion: 1 } } }],
    [{ prices: { x: { inputPerMillion: '1', outputPerMillion: 1 } } }],
    [{ prices: { x: { inputPerMillion: 1 } } }],
    [{ asOf: 'yesterday' }],
    [{ asOf: '2026-13-01' }],
  ])('are refused where they are none: %j', (options) => {
    expect(() => openaiPricesPlugin(options as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
