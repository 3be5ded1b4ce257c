import { sleep } from '@master-orchestrator/errors';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../src/index.js';

describe('virtualClock', () => {
  it('stands still until it is moved', () => {
    const clock = virtualClock(1_000);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0]);
    clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250]);
  });

  it('runs timers in order of time and then of setting, each at its own moment', () => {
    const clock = virtualClock(0);
    const seen: string[] = [];
    clock.setTimer(20, () => seen.push(`late ${clock.now()}`));
    clock.setTimer(10, () => seen.push(`first ${clock.now()}`));
    clock.setTimer(10, () => seen.push(`second ${clock.now()}`));
    clock.setTimer(30, () => seen.push('never'));
    clock.advance(20);
    expect(seen).toEqual(['first 10', 'second 10', 'late 20']);
  });

  it('runs a timer that a callback sets within the time moved', () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    clock.setTimer(10, () => clock.setTimer(5, () => seen.push(clock.now())));
    clock.advance(20);
    expect(seen).toEqual([15]);
  });

  it('does not run a cancelled timer', () => {
    const clock = virtualClock();
    let ran = false;
    const cancel = clock.setTimer(10, () => (ran = true));
    cancel();
    clock.advance(10);
    expect(ran).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets promises go on between timers', async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    const work = (async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await sleep(clock, 10);
        seen.push(clock.now());
      }
    })();
    await clock.advanceAsync(30);
    await work;
    expect(seen).toEqual([10, 20, 30]);
  });

  it('runs everything that waits, however long', async () => {
    const clock = virtualClock(0);
    const done = sleep(clock, 86_400_000).then(() => clock.now());
    await clock.runAll();
    expect(await done).toBe(86_400_000);
    expect(clock.nextTimerInMs).toBeUndefined();
  });

  it('gives up on timers that set themselves for ever', async () => {
    const clock = virtualClock();
    const again = (): void => void clock.setTimer(1, again);
    again();
    await expect(clock.runAll(50)).rejects.toThrow('50 timers ran');
  });

  it('moves the wall clock alone where asked', () => {
    const clock = virtualClock(5_000);
    clock.advance(100);
    clock.setNow(1_000);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 100]);
  });

  it('never goes back and never runs a timer early, whatever the timers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1_000), { maxLength: 30 }),
        fc.array(fc.nat(400), { maxLength: 10 }),
        (delays, moves) => {
          const clock = virtualClock(0);
          const fired: number[] = [];
          for (const delay of delays) {
            clock.setTimer(delay, () => {
              expect(clock.now()).toBe(delay);
              fired.push(delay);
            });
          }
          for (const move of moves) clock.advance(move);
          const passed = moves.reduce((sum, move) => sum + move, 0);
          const due = delays.filter((delay) => delay <= passed && moves.length > 0).sort((a, b) => a - b);
          expect(fired).toEqual(due);
        },
      ),
    );
  });
});
