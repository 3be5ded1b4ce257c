import { callTool, testToolContext } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { dataToolsPlugin } from '../src/index.js';

interface Found {
  results: { path: string; value: unknown }[];
  count: number;
  isCut: boolean;
}

const plugin = dataToolsPlugin();
const DATA = {
  items: [
    { name: 'pen', price: 2, tags: ['a', 'b'] },
    { name: 'book', price: 12.5 },
    { name: "it's", price: 30 },
  ],
};
const query = (text: string, more: object = { data: DATA }): Promise<Found> =>
  callTool<Found>(plugin, 'json_query', { query: text, ...more });

describe('json_query', { timeout: 60_000 }, () => {
  it.each([
    ['$.items[0].name', ["$['items'][0]['name']"], ['pen']],
    ['$..price', ["$['items'][0]['price']", "$['items'][1]['price']", "$['items'][2]['price']"], [2, 12.5, 30]],
    ['$.items[1:].name', ["$['items'][1]['name']", "$['items'][2]['name']"], ['book', "it's"]],
    ['$.items[?@.price > 10 && @.price < 20].name', ["$['items'][1]['name']"], ['book']],
    ['$.items[?match(@.name, "b.*")].price', ["$['items'][1]['price']"], [12.5]],
    ['$.items[?length(@.tags) == 2].name', ["$['items'][0]['name']"], ['pen']],
    ['$.nothing', [], []],
  ])('answers %s', async (text, paths, values) => {
    expect(await query(text)).toEqual({
      results: paths.map((path, index) => ({ path, value: values[index] })),
      count: paths.length,
      isCut: false,
    });
  });

  it('searches JSON text and keeps large integers', async () => {
    const found = await query('$.id', { text: '{"id": 9007199254740993}' });
    expect(found.results).toEqual([{ path: "$['id']", value: '9007199254740993' }]);
  });

  it('finds own members only', async () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect((await query(`$.${name}`, { data: {} })).count).toBe(0);
      expect((await query(`$[?@.${name}]`, { data: [{}] })).count).toBe(0);
    }
  });

  it('cuts the results where told to and says so', async () => {
    expect(await query('$..*', { data: [1, 2, 3], maxResults: 2 })).toMatchObject({ count: 2, isCut: true });
    expect(await query('$[?@ > 0]', { data: [1, 2, 3], maxResults: 2 })).toMatchObject({ count: 2, isCut: true });
    expect(await query('$[?@ > 0]', { data: [1, 2], maxResults: 2 })).toMatchObject({ count: 2, isCut: false });
  });

  it.each(['$[', 'items', '$.a[?', '$[?foo(@)]', '$['.repeat(900)])('refuses %s and names the column', async (text) => {
    await expect(query(text)).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS_INVALID',
      message: expect.stringMatching(/line 1, column \d+/) as string,
    });
  });

  it('refuses both or neither of data and text', async () => {
    await expect(query('$', {})).rejects.toThrow('either as data');
    await expect(query('$', { data: 1, text: '1' })).rejects.toThrow('either as data');
  });

  it('ends a regular expression that would run for ages', async () => {
    const impatient = dataToolsPlugin({ queryTimeoutMs: 100 });
    const args = { query: '$[?match(@, "(a+)+b")]', data: ['a'.repeat(60)] };
    await expect(callTool(impatient, 'json_query', args)).rejects.toMatchObject({
      code: 'TOOL_TIMEOUT',
      category: 'TIMEOUT_ERROR',
      isRetryable: false,
    });
  });

  it('ends searches within searches that would run for ages, without blocking', async () => {
    const impatient = dataToolsPlugin({ queryTimeoutMs: 100 });
    const args = { query: '$..[?@..[?@..[?@..*]]]', data: Array.from({ length: 400 }, () => [[[[[[[[1]]]]]]]]) };
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    await expect(callTool(impatient, 'json_query', args)).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(1);
  });

  it('stops a running query when the call is cancelled', async () => {
    const controller = new AbortController();
    const args = { query: '$[?match(@, "(a+)+b")]', data: ['a'.repeat(60)] };
    const call1 = callTool(plugin, 'json_query', args, testToolContext({ signal: controller.signal }));
    controller.abort(new Error('stop'));
    await expect(call1).rejects.toThrow('stop');
  });

  it('refuses results larger than allowed, in this thread and in the other', async () => {
    const small = dataToolsPlugin({ maxBytes: 2_000 });
    const data = [[[[['x'.repeat(500)]]]]];
    for (const text of ['$..*', '$..[?@ || @ == 1 || true == true]']) {
      await expect(callTool(small, 'json_query', { query: text, data })).rejects.toMatchObject({
        code: 'RESPONSE_TOO_LARGE',
      });
    }
  });

  it('refuses data that is no JSON, too deep or too large', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 1_000; level += 1) deep = [deep];
    await expect(query('$', { data: deep })).rejects.toThrow('levels of nesting');
    await expect(query('$', { data: Array.from({ length: 100_001 }).fill(0) })).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
    await expect(query('$', { data: [new Map()] })).rejects.toThrow('class instance');
  });
});
