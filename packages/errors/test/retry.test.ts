import { describe, expect, it } from 'vitest';
import { OrchestratorError, retry, RetryBudget, systemClock, type RetryNotice } from '../src/index.js';
import { settled, VirtualClock } from './virtual-clock.js';

const down = (): Error => Object.assign(new Error('x'), { code: 'ECONNRESET' });

async function run(
  failures: number,
  options: Parameters<typeof retry>[1] = {},
): Promise<{ calls: number; result: unknown; notices: RetryNotice[] }> {
  const clock = new VirtualClock();
  const notices: RetryNotice[] = [];
  let calls = 0;
  let result: unknown;
  const work = retry(
    () => {
      calls += 1;
      if (calls <= failures) throw down();
      return 'ok';
    },
    { clock, random: () => 0.5, onRetry: (notice) => notices.push(notice), ...options },
  ).then(
    (value) => (result = value),
    (error: unknown) => (result = error),
  );
  await clock.run(200_000);
  await work;
  return { calls, result, notices };
}

describe('retry', () => {
  it('calls until it succeeds, with growing waits', async () => {
    const { calls, result, notices } = await run(3);
    expect([calls, result]).toEqual([4, 'ok']);
    expect(notices.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 100],
      [2, 200],
      [3, 400],
    ]);
  });

  it('ends with the last failure, named', async () => {
    const { calls, result } = await run(99);
    expect(calls).toBe(6);
    expect(result).toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('does not repeat what is not retryable', async () => {
    let calls = 0;
    const work = retry(() => {
      calls += 1;
      throw new TypeError('bug');
    });
    await expect(work).rejects.toMatchObject({ code: 'UNKNOWN_ERROR' });
    expect(calls).toBe(1);
  });

  it('does not repeat what is not replay-safe, but what never left', async () => {
    expect((await run(9, { context: { isReplaySafe: false } })).calls).toBe(1);
  });

  it('does not wait longer than allowed', async () => {
    const work = retry(() => Promise.reject(new OrchestratorError('RATE_LIMITED', 'x', { retryAfterMs: 61_000 })));
    await expect(work).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('keeps to its budget', async () => {
    expect(
      (await run(99, { attempts: 99, budget: new RetryBudget({ clock: new VirtualClock(), capacity: 4 }) })).calls,
    ).toBe(5);
  });

  it('ends its wait at once on abort', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const work = retry(() => Promise.reject(down()), { clock, random: () => 0.9, signal: controller.signal });
    const caught = work.catch((error: unknown) => error);
    await settled();
    expect(clock.timers).toBe(1);
    controller.abort('user');
    expect(await caught).toMatchObject({ code: 'CANCELLED', reason: 'user' });
    expect(clock.timers).toBe(0);
  });

  it('starts nothing with an aborted signal', async () => {
    let calls = 0;
    await expect(retry(() => (calls += 1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(calls).toBe(0);
  });

  it('works with the clock of the machine', async () => {
    let calls = 0;
    const result = await retry(
      () => {
        calls += 1;
        if (calls === 1) throw down();
        return calls;
      },
      { clock: systemClock, baseMs: 1 },
    );
    expect(result).toBe(2);
  });
});
