import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BreakerOpenError,
  BreakerRegistry,
  CancelledError,
  CircuitBreaker,
  countsForBreaker,
  OrchestratorError,
  type BreakerChange,
  type BreakerPermit,
} from '../src/index.js';
import { VirtualClock } from './virtual-clock.js';

const outage = new OrchestratorError('PROVIDER_ERROR', 'down');
const refused = new OrchestratorError('RATE_LIMITED', 'slow');

function opened(options: { openMs?: number; probeTimeoutMs?: number } = {}): {
  breaker: CircuitBreaker;
  clock: VirtualClock;
  changes: BreakerChange[];
} {
  const clock = new VirtualClock();
  const changes: BreakerChange[] = [];
  const breaker = new CircuitBreaker({
    key: 'model:x:y',
    clock,
    onChange: (change) => changes.push(change),
    ...options,
  });
  for (let call = 0; call < 5; call += 1) breaker.enter().fail(outage);
  return { breaker, clock, changes };
}

describe('a closed breaker', () => {
  it('opens after five counted failures in a row', () => {
    const breaker = new CircuitBreaker({ clock: new VirtualClock() });
    for (let call = 0; call < 4; call += 1) breaker.enter().fail(outage);
    expect(breaker.state).toBe('closed');
    breaker.enter().fail(outage);
    expect(breaker.state).toBe('open');
  });

  it('sets the count to zero after a success', () => {
    const breaker = new CircuitBreaker({ clock: new VirtualClock() });
    for (let round = 0; round < 5; round += 1) {
      for (let call = 0; call < 4; call += 1) breaker.enter().fail(outage);
      breaker.enter().succeed();
    }
    expect(breaker.state).toBe('closed');
  });

  it('does not count what says nothing about the other side', () => {
    const breaker = new CircuitBreaker({ clock: new VirtualClock() });
    const uncounted = [
      'RATE_LIMITED',
      'SLOW_DOWN',
      'REQUEST_INVALID',
      'ACCESS_DENIED',
      'BREAKER_OPEN',
      'CANCELLED',
      'DEADLINE_EXCEEDED',
    ];
    for (const code of [...uncounted, ...uncounted]) breaker.enter().fail(new OrchestratorError(code, 'x'));
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it.each([
    ['PROVIDER_ERROR', true],
    ['CONNECTION_FAILED', true],
    ['RESPONSE_TIMEOUT', true],
    ['TOOL_TIMEOUT', true],
    ['PROVIDER_OVERLOADED', true],
    ['TOOL_FAILED', true],
    ['TOOL_RESULT_INVALID', false],
    ['RATE_LIMITED', false],
    ['QUOTA_EXHAUSTED', false],
    ['QUEUE_TIMEOUT', false],
  ])('%s counts: %s', (code, counts) => {
    expect(countsForBreaker(new OrchestratorError(code, 'x'))).toBe(counts);
  });

  it('ignores a permit that is settled twice', () => {
    const breaker = new CircuitBreaker({ clock: new VirtualClock() });
    const permit = breaker.enter();
    for (let time = 0; time < 9; time += 1) permit.fail(outage);
    expect(breaker.snapshot().failures).toBe(1);
  });
});

describe('an open breaker', () => {
  it('refuses at once, with the time to wait and the failure that opened it', () => {
    const { breaker, clock } = opened();
    clock.advance(20_000);
    expect(breaker.tryEnter()).toBeUndefined();
    expect(() => breaker.enter()).toThrow(BreakerOpenError);
    expect(breaker.refusal()).toMatchObject({ retryAfterMs: 40_000, cause: outage, breakerKey: 'model:x:y' });
  });

  it('does not change by being read', () => {
    const { breaker, clock, changes } = opened();
    clock.advance(60_000);
    expect([breaker.state, breaker.isAvailable, breaker.snapshot().state]).toEqual(['open', true, 'open']);
    expect(changes).toHaveLength(1);
  });

  it('lets one call through as a probe after its time', () => {
    const { breaker, clock } = opened();
    clock.advance(59_999);
    expect(breaker.tryEnter()).toBeUndefined();
    clock.advance(1);
    expect(breaker.tryEnter()).toMatchObject({ isProbe: true });
    expect(breaker.tryEnter()).toBeUndefined();
    expect(breaker.isAvailable).toBe(false);
  });
});

describe('a half-open breaker', () => {
  it('closes after three successful probes in a row', () => {
    const { breaker, clock, changes } = opened();
    clock.advance(60_000);
    for (let probe = 0; probe < 3; probe += 1) breaker.enter().succeed();
    expect(breaker.state).toBe('closed');
    expect(changes.map(({ from, to, key }) => [from, to, key])).toEqual([
      ['closed', 'open', 'model:x:y'],
      ['open', 'half-open', 'model:x:y'],
      ['half-open', 'closed', 'model:x:y'],
    ]);
    expect(changes.every(({ reason, at }) => reason !== '' && at > 0)).toBe(true);
  });

  it('opens for its whole time after one counted failure', () => {
    const { breaker, clock } = opened();
    clock.advance(60_000);
    breaker.enter().succeed();
    breaker.enter().succeed();
    breaker.enter().fail(outage);
    expect(breaker.refusal().retryAfterMs).toBe(60_000);
  });

  it.each([
    ['cancelled', (permit: BreakerPermit) => permit.fail(new CancelledError())],
    ['ended uncounted', (permit: BreakerPermit) => permit.fail(refused)],
    ['released', (permit: BreakerPermit) => permit.release()],
  ])('takes the place back of a probe that was %s', (_, end) => {
    const { breaker, clock } = opened();
    clock.advance(60_000);
    breaker.enter().succeed();
    end(breaker.enter());
    expect(breaker.snapshot()).toMatchObject({ state: 'half-open', successes: 1 });
    expect(breaker.tryEnter()).toBeDefined();
  });

  it('is not held by a probe that never ends', () => {
    const { breaker, clock } = opened({ probeTimeoutMs: 5_000 });
    clock.advance(60_000);
    const lost = breaker.enter();
    clock.advance(5_000);
    expect(breaker.tryEnter()).toBeUndefined();
    expect(breaker.state).toBe('open');
    clock.advance(60_000);
    const probe = breaker.enter();
    lost.fail(outage);
    expect(breaker.state).toBe('half-open');
    probe.succeed();
    expect(breaker.snapshot().successes).toBe(1);
  });

  it('ignores an answer from before the opening', () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({ clock });
    const late = [breaker.enter(), breaker.enter(), breaker.enter(), breaker.enter()];
    for (let call = 0; call < 5; call += 1) breaker.enter().fail(outage);
    clock.advance(60_000);
    const probe = breaker.enter();
    late[0]?.succeed();
    late[1]?.fail(outage);
    late[2]?.release();
    expect(breaker.snapshot()).toMatchObject({ state: 'half-open', successes: 0 });
    expect(breaker.tryEnter()).toBeUndefined();
    probe.succeed();
    late[3]?.succeed();
    expect(breaker.snapshot()).toMatchObject({ state: 'half-open', successes: 1 });
  });
});

describe('execute', () => {
  it('passes results and failures on and counts them', async () => {
    const breaker = new CircuitBreaker({ clock: new VirtualClock() });
    await expect(breaker.execute(() => Promise.resolve(7))).resolves.toBe(7);
    const thrown = Object.assign(new Error('x'), { code: 'ECONNRESET' });
    for (let call = 0; call < 5; call += 1)
      await expect(breaker.execute(() => Promise.reject(thrown))).rejects.toBe(thrown);
    await expect(breaker.execute(() => 1)).rejects.toBeInstanceOf(BreakerOpenError);
  });

  it('does not count a call that its caller cancelled', async () => {
    const breaker = new CircuitBreaker({ clock: new VirtualClock() });
    const signal = AbortSignal.abort();
    const reset = Object.assign(new Error('x'), { code: 'ECONNRESET' });
    for (let call = 0; call < 9; call += 1)
      await breaker.execute(() => Promise.reject(reset), { signal }).catch(() => undefined);
    expect(breaker.state).toBe('closed');
  });

  it('is not harmed by a listener that throws', () => {
    const breaker = new CircuitBreaker({
      clock: new VirtualClock(),
      failureThreshold: 1,
      onChange: () => {
        throw new Error('bug');
      },
    });
    expect(() => breaker.enter().fail(outage)).not.toThrow();
    expect(breaker.state).toBe('open');
  });
});

describe('the breaker of a credential', () => {
  it('is not concerned by a service that is down', () => {
    const breakers = new BreakerRegistry({ clock: new VirtualClock() });
    for (let failures = 0; failures < 20; failures += 1) {
      breakers.get('credential:main').enter().fail(new OrchestratorError('PROVIDER_ERROR', 'x'));
    }
    expect(breakers.isAvailable('credential:main')).toBe(true);
  });

  it('opens at once and is probed every 15 minutes', () => {
    const clock = new VirtualClock();
    const breakers = new BreakerRegistry({ clock });
    const rejected = new OrchestratorError('CREDENTIAL_REJECTED', 'no');
    breakers.get('credential:main').enter().fail(rejected);
    expect(breakers.isAvailable('credential:main')).toBe(false);
    clock.advance(899_999);
    expect(breakers.isAvailable('credential:main')).toBe(false);
    clock.advance(1);
    const probe = breakers.get('credential:main').tryEnter();
    expect(probe).toMatchObject({ isProbe: true });
    probe?.fail(rejected);
    expect(breakers.get('credential:main').refusal().retryAfterMs).toBe(900_000);
  });

  it('is tripped by its failures only', () => {
    const breakers = new BreakerRegistry({ clock: new VirtualClock() });
    breakers.trip('credential:a', new OrchestratorError('QUOTA_EXHAUSTED', 'x'));
    breakers.trip('credential:b', new OrchestratorError('PROVIDER_ERROR', 'x'));
    expect(breakers.openKeys()).toEqual(['credential:a']);
  });
});

describe('a registry', () => {
  it('has one breaker per key, and lists the closed ones, too', () => {
    const breakers = new BreakerRegistry({
      clock: new VirtualClock(),
      failureThreshold: 1,
      overrides: (key) => (key === 'b' ? { failureThreshold: 9 } : undefined),
    });
    expect(breakers.get('a')).toBe(breakers.get('a'));
    breakers.get('a').enter().fail(outage);
    breakers.get('b').enter().fail(outage);
    expect(breakers.list().map(({ key, state }) => [key, state])).toEqual([
      ['a', 'open'],
      ['b', 'closed'],
    ]);
  });

  it('makes no breaker by asking whether a key is available', () => {
    const breakers = new BreakerRegistry({ clock: new VirtualClock() });
    expect(breakers.isAvailable('x')).toBe(true);
    expect(breakers.list()).toEqual([]);
  });

  it('forgets idle breakers beyond its bound, never an open one', () => {
    const breakers = new BreakerRegistry({ clock: new VirtualClock(), maxKeys: 10, failureThreshold: 1 });
    breakers.get('open').enter().fail(outage);
    for (let key = 0; key < 1_000; key += 1) breakers.get(`k${key}`);
    expect(breakers.list().length).toBeLessThanOrEqual(11);
    expect(breakers.openKeys()).toEqual(['open']);
  });

  it('can be closed by hand', () => {
    const { breaker } = opened();
    breaker.reset();
    expect(breaker.tryEnter()).toMatchObject({ isProbe: false });
  });
});

/** What a breaker should do, written without permits and generations. */
class Model {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  failures = 0;
  successes = 0;
  openUntil = 0;
  probeSince: number | undefined;
  epoch = 0;

  enter(now: number): number | undefined {
    if (this.state === 'closed') return this.epoch;
    if (this.state === 'open') {
      if (now < this.openUntil) return undefined;
      this.move('half-open');
    }
    if (this.probeSince !== undefined) {
      if (now - this.probeSince < 90) return undefined;
      this.open(now);
      return undefined;
    }
    this.probeSince = now;
    return this.epoch;
  }

  settle(epoch: number, outcome: string, now: number): void {
    if (epoch !== this.epoch) return;
    if (this.state === 'half-open') this.probeSince = undefined;
    if (outcome === 'success') {
      if (this.state === 'closed') this.failures = 0;
      else if ((this.successes += 1) === 3) this.move('closed');
    } else if (outcome === 'failure') {
      if (this.state === 'half-open' || (this.failures += 1) === 5) this.open(now);
    }
  }

  open(now: number): void {
    this.openUntil = now + 60;
    this.move('open');
  }

  move(state: 'closed' | 'open' | 'half-open'): void {
    this.state = state;
    this.epoch += 1;
    this.failures = 0;
    this.successes = 0;
    this.probeSince = undefined;
  }
}

describe('a breaker and its model', () => {
  it(
    'agree over 10,000 sequences: at most one probe, never wedged, late results change nothing',
    { timeout: 120_000 },
    () => {
      const step = fc.oneof(
        { weight: 4, arbitrary: fc.constant({ kind: 'enter' as const }) },
        {
          weight: 6,
          arbitrary: fc.record({
            kind: fc.constant('settle' as const),
            which: fc.nat(7),
            outcome: fc.constantFrom('success', 'failure', 'failure', 'failure', 'uncounted', 'release'),
          }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 60, 90) }) },
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80, minLength: 10 }), (steps) => {
          const clock = new VirtualClock();
          const breaker = new CircuitBreaker({ clock, openMs: 60, probeTimeoutMs: 90 });
          const model = new Model();
          const permits: { permit: BreakerPermit; epoch: number }[] = [];
          for (const current of steps) {
            if (current.kind === 'wait') clock.advance(current.ms);
            if (current.kind === 'enter') {
              const epoch = model.enter(clock.monotonic());
              const permit = breaker.tryEnter();
              if ((permit === undefined) !== (epoch === undefined)) return false;
              if (permit !== undefined && epoch !== undefined) permits.push({ permit, epoch });
            }
            if (current.kind === 'settle' && permits.length > 0) {
              const [taken] = permits.splice(current.which % permits.length, 1);
              if (taken === undefined) return false;
              settle(taken.permit, current.outcome);
              model.settle(taken.epoch, current.outcome, clock.monotonic());
            }
            const { state, failures, successes } = breaker.snapshot();
            if (state !== model.state || failures !== model.failures || successes !== model.successes) return false;
          }
          return recovers(breaker, clock);
        }),
        { numRuns: 10_000 },
      );
    },
  );
});

function settle(permit: BreakerPermit, outcome: string): void {
  if (outcome === 'success') permit.succeed();
  else if (outcome === 'failure') permit.fail(outage);
  else if (outcome === 'uncounted') permit.fail(refused);
  else permit.release();
}

/** However it was left: with time and successes it closes again. */
function recovers(breaker: CircuitBreaker, clock: VirtualClock): boolean {
  for (let round = 0; round < 8 && breaker.state !== 'closed'; round += 1) {
    clock.advance(150);
    breaker.tryEnter()?.succeed();
  }
  return breaker.state === 'closed';
}
