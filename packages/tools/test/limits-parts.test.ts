import { virtualClock } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../src/internal/deadline-queue.js';
import { LatencyHistogram } from '../src/internal/latency-histogram.js';
import { RateWindow } from '../src/internal/rate-window.js';
import { RunLedger } from '../src/internal/run-ledger.js';
import { Slots } from '../src/internal/slots.js';
import { codeOf } from './support/registry.js';

const never = new AbortController().signal;

describe('Slots', () => {
  it('gives slots in the order of asking', async () => {
    const deadlines = new DeadlineQueue(virtualClock());
    const slots = new Slots('s', 1, 10);
    const order: number[] = [];
    expect(slots.tryTake()).toBe(true);
    const waits = [1, 2, 3].map(async (number) => {
      expect(await slots.take(never, deadlines, 1_000)).toBe('taken');
      order.push(number);
      slots.release();
    });
    expect(slots.tryTake()).toBe(false);
    slots.release();
    await Promise.all(waits);
    expect(order).toEqual([1, 2, 3]);
    expect(slots.inUse).toBe(0);
  });

  it('ends a wait at once on abort and after its limit, and forgets both', async () => {
    const clock = virtualClock();
    const deadlines = new DeadlineQueue(clock);
    const slots = new Slots('s', 1, 10);
    slots.tryTake();
    const controller = new AbortController();
    const aborted = slots.take(controller.signal, deadlines, 1_000);
    const late = slots.take(never, deadlines, 1_000);
    controller.abort();
    expect(await aborted).toBe('aborted');
    clock.advance(1_000);
    expect(await late).toBe('timeout');
    expect(slots.waiting).toBe(0);
    slots.release();
    expect(slots.inUse).toBe(0);
    expect(await slots.take(AbortSignal.abort(), deadlines, 1)).toBe('taken');
    expect(await slots.take(AbortSignal.abort(), deadlines, 1)).toBe('aborted');
  });

  it('refuses when too many wait', async () => {
    const deadlines = new DeadlineQueue(virtualClock());
    const slots = new Slots('s', 1, 1);
    slots.tryTake();
    void slots.take(never, deadlines, 1_000);
    expect(await codeOf(slots.take(never, deadlines, 1_000))).toBe('QUEUE_FULL');
  });

  it('keeps its counts right under any interleaving', async () => {
    const action = fc.oneof(
      fc.constant('take'),
      fc.constant('release'),
      fc.nat({ max: 20 }).map((index) => index),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(action, { maxLength: 300 }), async (limit, actions) => {
        const deadlines = new DeadlineQueue(virtualClock());
        const slots = new Slots('s', limit, 1_000);
        const controllers: AbortController[] = [];
        let held = 0;
        let aborted = 0;
        let taken = 0;
        for (const what of actions) {
          if (what === 'take') {
            const controller = new AbortController();
            controllers.push(controller);
            taken += 1;
            void slots.take(controller.signal, deadlines, 1_000).then((end) => {
              if (end === 'taken') held += 1;
              else aborted += 1;
            });
          } else if (what === 'release') {
            if (held > 0) {
              held -= 1;
              slots.release();
            }
          } else controllers[what]?.abort();
          for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
          expect(held).toBe(slots.inUse);
          expect(slots.inUse).toBeLessThanOrEqual(limit);
          expect(slots.waiting === 0 || slots.inUse === limit).toBe(true);
        }
        expect(taken).toBeGreaterThanOrEqual(held + aborted);
      }),
    );
  });
});

it('a rate window never lets more through than its limit in any minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }),
      (limit, waits) => {
        const window = new RateWindow(limit);
        const starts: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const waitMs = window.waitMs(now);
          const inLastMinute = starts.filter((start) => start + 60_000 > now).length;
          expect(waitMs === 0).toBe(inLastMinute < limit);
          if (waitMs > 0) expect(starts.filter((start) => start + 60_000 > now + waitMs).length).toBeLessThan(limit);
          else {
            window.start(now);
            starts.push(now);
          }
        }
      },
    ),
  );
});

it('a percentile is never below the true one and at most 10 % above it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.95, 1),
      (values, part) => {
        const histogram = new LatencyHistogram();
        for (const value of values) histogram.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const truth = sorted[Math.ceil(sorted.length * part) - 1] as number;
        const told = histogram.percentile(part);
        expect(told / truth).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(told / truth).toBeLessThan(1.1);
      },
    ),
  );
  expect(new LatencyHistogram().percentile(0.5)).toBe(0);
});

it('the run ledger forgets the run used least recently, and nothing sooner', () => {
  const ledger = new RunLedger();
  ledger.count('first', 't');
  for (let run = 0; run < 9_999; run += 1) ledger.count(`run${run}`, 't');
  expect(ledger.calls('first', 't').calls).toBe(1);
  ledger.count('one-more', 't');
  expect(ledger.calls('first', 't').calls).toBe(0);
});
