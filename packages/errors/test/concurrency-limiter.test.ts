import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bulkhead, ConcurrencyLimiter, type LimiterChange, type LimiterPermit, type RateLimits } from '../src/index.js';
import { settled, VirtualClock } from './virtual-clock.js';

const take = (limiter: ConcurrencyLimiter, count: number): LimiterPermit[] =>
  Array.from({ length: count }, () => {
    const permit = limiter.tryAcquire();
    if (permit === undefined) throw new Error('no place');
    return permit;
  });

describe('the limit', () => {
  it('starts at 10', () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock() });
    take(limiter, 10);
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('grows by one after about as many successes as it allows, while half of it is used', () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock() });
    const held = take(limiter, 5);
    for (let call = 0; call < 11; call += 1) take(limiter, 1)[0]?.release('success');
    expect(limiter.snapshot().limit).toBe(11);
    for (const permit of held) permit.release('ignored');
    for (let call = 0; call < 50; call += 1) take(limiter, 1)[0]?.release('success');
    expect(limiter.snapshot().limit).toBe(11);
  });

  it.each([
    ['rate-limited', 7],
    ['overloaded', 7],
    ['slow-down', 5],
  ] as const)('falls after %s to %d', (outcome, limit) => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock() });
    take(limiter, 1)[0]?.release(outcome);
    expect(limiter.snapshot().limit).toBe(limit);
  });

  it('falls at most once a second', () => {
    const clock = new VirtualClock();
    const changes: LimiterChange[] = [];
    const limiter = new ConcurrencyLimiter({ clock, key: 'k', onChange: (change) => changes.push(change) });
    for (const permit of take(limiter, 10)) permit.release('slow-down');
    clock.advance(1_000);
    take(limiter, 1)[0]?.release('slow-down');
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [10, 5, 'slow-down'],
      [5, 2, 'slow-down'],
    ]);
  });

  it('stays within its bounds', () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ clock, max: 12 });
    for (let round = 0; round < 20; round += 1) {
      take(limiter, 1)[0]?.release('slow-down');
      clock.advance(1_000);
    }
    expect(limiter.snapshot().limit).toBe(1);
    for (let round = 0; round < 500; round += 1) {
      for (const permit of take(limiter, limiter.snapshot().limit)) permit.release('success');
    }
    expect(limiter.snapshot().limit).toBe(12);
  });
});

describe('waiting', () => {
  it('is first come, first served', async () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock(), initial: 1, max: 1 });
    const order: number[] = [];
    const first = await limiter.acquire();
    const others = [1, 2, 3].map(async (name) => {
      const permit = await limiter.acquire();
      order.push(name);
      permit.release('ignored');
    });
    first.release('ignored');
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
  });

  it('ends at once on abort, and the place goes to the next', async () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock(), initial: 1, max: 1 });
    const first = await limiter.acquire();
    const controller = new AbortController();
    const gone = limiter.acquire(controller.signal);
    const next = limiter.acquire();
    controller.abort('user');
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(limiter.snapshot().waiting).toBe(1);
    first.release('success');
    await expect(next).resolves.toBeDefined();
  });

  it('does not begin with an aborted signal', async () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock() });
    await expect(limiter.acquire(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(limiter.snapshot().active).toBe(0);
  });

  it('is refused where too many wait', async () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock(), initial: 1, maxQueue: 1 });
    await limiter.acquire();
    void limiter.acquire();
    await expect(limiter.acquire()).rejects.toMatchObject({ code: 'QUEUE_FULL', isRetryable: true });
  });

  it('leaves no listener on the signal', async () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock(), initial: 1 });
    const signal = new AbortController().signal;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const first = await limiter.acquire(signal);
    const second = limiter.acquire(signal);
    expect(listeners).toBe(1);
    first.release('success');
    (await second).release('success');
    expect(listeners).toBe(0);
  });
});

describe('announced limits', () => {
  const requests = (limit: number, remaining: number, resetMs: number): RateLimits => ({
    requests: { limit, remaining, resetMs },
  });

  it('send nothing while nothing remains', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ clock });
    take(limiter, 1)[0]?.release('success', requests(100, 0, 5_000));
    expect(limiter.tryAcquire()).toBeUndefined();
    let isIn = false;
    void limiter.acquire().then(() => (isIn = true));
    await clock.run(4_999);
    expect(isIn).toBe(false);
    await clock.run(2);
    expect(isIn).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('refuse where the wait would be longer than a minute', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ clock, key: 'model:a:b' });
    take(limiter, 1)[0]?.release('success', requests(200, 0, 3_600_000));
    await expect(limiter.acquire()).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 3_600_000,
      isReplaySafe: true,
    });
  });

  it('count what was sent since', async () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock() });
    const [first] = take(limiter, 4);
    first?.release('success', requests(100, 3, 30_000));
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('believe the later request, whichever answer comes first', () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock() });
    const [early, late] = take(limiter, 2);
    late?.release('success', requests(100, 0, 30_000));
    early?.release('success', requests(100, 60, 30_000));
    expect(limiter.tryAcquire()).toBeUndefined();
  });

  it('are paced at 98 %', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ clock, initial: 100 });
    take(limiter, 1)[0]?.release('success', requests(60, 59, 60_000));
    const sent: number[] = [];
    for (let call = 0; call < 40; call += 1) {
      void limiter.acquire().then((permit) => {
        sent.push(clock.monotonic());
        permit.release('success');
      });
    }
    await clock.run(30_000);
    const gaps = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_020);
    expect(sent.length).toBeGreaterThanOrEqual(29);
  });

  it('of a longer window are not paced', () => {
    const limiter = new ConcurrencyLimiter({ clock: new VirtualClock(), initial: 50 });
    take(limiter, 1)[0]?.release('success', requests(200, 150, 7_000_000));
    expect(take(limiter, 50)).toHaveLength(50);
  });

  it('of tokens pace by the tokens of each call', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ clock, initial: 100 });
    take(limiter, 1)[0]?.release('success', { tokens: { limit: 60_000, remaining: 59_000, resetMs: 1_000 } });
    limiter.tryAcquire(10_000)?.release('success');
    expect(limiter.tryAcquire(10)).toBeUndefined();
    let isIn = false;
    void limiter.acquire(undefined, 10).then(() => (isIn = true));
    await clock.run(8_000);
    expect(isIn).toBe(false);
    await clock.run(3_000);
    expect(isIn).toBe(true);
  });

  it.each([
    ['a fixed window', 60, 200],
    ['a fixed window', 600, 1_500],
    ['a sliding bucket', 60, 200],
    ['a sliding bucket', 600, 1_500],
  ])(
    'of %s of %d a minute are used to 90 % with under 1 %% refusals',
    async (kind, limit, latencyMs) => {
      const clock = new VirtualClock();
      const server = kind === 'a fixed window' ? new FixedWindow(clock, limit) : new Bucket(clock, limit);
      const limiter = new ConcurrencyLimiter({ clock });
      let served = 0;
      let refusals = 0;
      const worker = async (): Promise<void> => {
        for (;;) {
          const permit = await limiter.acquire();
          const answer = server.ask();
          clock.setTimer(latencyMs, () => {
            if (answer.isServed) served += 1;
            else refusals += 1;
            permit.release(answer.isServed ? 'success' : 'rate-limited', answer.limits);
          });
          await new Promise<void>((resolve) => clock.setTimer(latencyMs, resolve));
        }
      };
      for (let index = 0; index < 40; index += 1) void worker();
      await clock.run(600_000);
      expect(served).toBeGreaterThanOrEqual(0.9 * limit * 10);
      expect(refusals).toBeLessThanOrEqual(0.01 * (served + refusals));
    },
    60_000,
  );
});

interface ServerAnswer {
  readonly isServed: boolean;
  readonly limits: RateLimits;
}

class FixedWindow {
  #window = -1;
  #used = 0;
  readonly #clock: VirtualClock;
  readonly #limit: number;

  constructor(clock: VirtualClock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  ask(): ServerAnswer {
    const now = this.#clock.monotonic();
    const window = Math.floor(now / 60_000);
    if (window !== this.#window) this.#used = 0;
    this.#window = window;
    const isServed = this.#used < this.#limit;
    if (isServed) this.#used += 1;
    const resetMs = (window + 1) * 60_000 - now;
    return { isServed, limits: { requests: { limit: this.#limit, remaining: this.#limit - this.#used, resetMs } } };
  }
}

class Bucket {
  #left: number;
  #at = 0;
  readonly #clock: VirtualClock;
  readonly #limit: number;

  constructor(clock: VirtualClock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#left = limit;
  }

  ask(): ServerAnswer {
    const now = this.#clock.monotonic();
    this.#left = Math.min(this.#limit, this.#left + ((now - this.#at) * this.#limit) / 60_000);
    this.#at = now;
    const isServed = this.#left >= 1;
    if (isServed) this.#left -= 1;
    const resetMs = ((this.#limit - this.#left) * 60_000) / this.#limit;
    return { isServed, limits: { requests: { limit: this.#limit, remaining: Math.floor(this.#left), resetMs } } };
  }
}

describe('a limiter under any sequence', () => {
  it(
    'never lets more through than its limit, loses nobody, and leaves no timer (property)',
    { timeout: 60_000 },
    async () => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant('acquire' as const) }),
        fc.record({ kind: fc.constant('abort' as const), which: fc.nat(20) }),
        fc.record({
          kind: fc.constant('release' as const),
          which: fc.nat(20),
          outcome: fc.constantFrom('success', 'rate-limited', 'overloaded', 'slow-down', 'ignored'),
          remaining: fc.option(fc.nat(3), { nil: undefined }),
        }),
        fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3_000) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const clock = new VirtualClock();
          const limiter = new ConcurrencyLimiter({ clock, initial: 3, max: 5 });
          const held: LimiterPermit[] = [];
          const controllers: AbortController[] = [];
          let started = 0;
          let ended = 0;
          for (const current of steps) {
            const before = limiter.snapshot();
            if (current.kind === 'acquire') {
              const controller = new AbortController();
              controllers.push(controller);
              started += 1;
              limiter.acquire(controller.signal).then(
                (permit) => held.push(permit),
                () => (ended += 1),
              );
            } else if (current.kind === 'abort') {
              controllers[current.which]?.abort();
            } else if (current.kind === 'release') {
              const [permit] = held.splice(current.which % Math.max(1, held.length), 1);
              const limits =
                current.remaining === undefined
                  ? undefined
                  : { requests: { limit: 100, remaining: current.remaining, resetMs: 2_000 } };
              if (permit !== undefined) ended += 1;
              permit?.release(current.outcome, limits);
              permit?.release('success');
            } else {
              clock.advance(current.ms);
            }
            await settled();
            const after = limiter.snapshot();
            if (after.active !== held.length) throw new Error('permits and places differ');
            if (after.active > Math.max(after.limit, before.active)) throw new Error('over the limit');
            if (started !== ended + after.active + after.waiting) throw new Error('somebody was lost');
          }
          for (let round = 0; round < 200 && limiter.snapshot().active + limiter.snapshot().waiting > 0; round += 1) {
            for (const permit of held.splice(0)) permit.release('ignored');
            await clock.run(3_000);
          }
          expect(limiter.snapshot()).toMatchObject({ active: 0, waiting: 0 });
          expect(clock.timers).toBe(0);
        }),
        { numRuns: 300 },
      );
    },
  );
});

describe('a bulkhead', () => {
  it('runs so many at the same time, the rest in order', async () => {
    const bulkhead = new Bulkhead({ limit: 2 });
    let active = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4, 5].map((name) =>
        bulkhead.execute(async () => {
          order.push(name);
          most = Math.max(most, (active += 1));
          await settled();
          active -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect([bulkhead.active, bulkhead.waiting]).toEqual([0, 0]);
  });

  it('gives its place back after a failure', async () => {
    const bulkhead = new Bulkhead({ limit: 1 });
    await expect(bulkhead.execute(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(bulkhead.tryAcquire()).toBeDefined();
  });

  it('refuses with QUEUE_FULL, and ends a wait at once on abort', async () => {
    const bulkhead = new Bulkhead({ key: 'tool:x', limit: 1, maxQueue: 1 });
    const release = await bulkhead.acquire();
    const controller = new AbortController();
    const waiting = bulkhead.acquire(controller.signal);
    await expect(bulkhead.acquire()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    release();
    release();
    expect(bulkhead.active).toBe(0);
  });
});
