import { virtualClock } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolRegistry, type ToolCallResult } from '../src/index.js';
import { call, simpleTool } from './support/registry.js';

describe('limits', () => {
  it('calls a minute: refuses with the time to wait, and lets through again after it', async () => {
    const clock = virtualClock();
    const registry = new ToolRegistry({ clock });
    registry.registerTool(simpleTool('rare', { limits: { perMinute: 2 } }));
    await call(registry, 'rare');
    clock.advance(20_000);
    await call(registry, 'rare');
    clock.advance(10_000);
    expect(await call(registry, 'rare')).toMatchObject({
      error: { code: 'TOOL_RATE_LIMITED', retryAfterMs: 30_000, isRetryable: true },
    });
    clock.advance(30_000);
    expect(await call(registry, 'rare')).toMatchObject({ outcome: 'ok' });
    expect(await call(registry, 'rare')).toMatchObject({ error: { code: 'TOOL_RATE_LIMITED' } });
  });

  it('calls in a run: refuses for good in this run, not in another', async () => {
    const registry = new ToolRegistry({ limits: { callsPerRun: 3 } });
    registry.registerTool(simpleTool('twice', { limits: { callsPerRun: 2 } }));
    registry.registerTool(simpleTool('often'));
    expect((await call(registry, 'twice')).outcome).toBe('ok');
    expect((await call(registry, 'twice')).outcome).toBe('ok');
    expect(await call(registry, 'twice')).toMatchObject({ error: { code: 'TOOL_RATE_LIMITED', isRetryable: false } });
    expect((await call(registry, 'often')).outcome).toBe('ok');
    expect(await call(registry, 'often')).toMatchObject({ error: { code: 'TOOL_RATE_LIMITED', isRetryable: false } });
    expect((await call(registry, 'twice', { runId: 'other' })).outcome).toBe('ok');
    registry.endRun('run');
    expect((await call(registry, 'twice')).outcome).toBe('ok');
  });

  it('calls of an agent a minute: of this agent alone', async () => {
    const clock = virtualClock();
    const registry = new ToolRegistry({ clock, limits: { perAgentPerMinute: 1 } });
    registry.registerTool(simpleTool('one'));
    registry.registerTool(simpleTool('two'));
    expect((await call(registry, 'one')).outcome).toBe('ok');
    expect(await call(registry, 'two')).toMatchObject({ error: { code: 'TOOL_RATE_LIMITED' } });
    expect((await call(registry, 'two', { agentId: 'b' })).outcome).toBe('ok');
  });

  it('a waiting call ends at once when it is cancelled, and its place is not lost', async () => {
    const registry = new ToolRegistry();
    let release: () => void = () => {};
    registry.registerTool(
      simpleTool('one_at_a_time', {
        limits: { concurrent: 1 },
        execute: () => new Promise<void>((resolve) => (release = resolve)),
      }),
    );
    const first = call(registry, 'one_at_a_time');
    const controller = new AbortController();
    const waiting = call(registry, 'one_at_a_time', {}, { signal: controller.signal });
    const last = call(registry, 'one_at_a_time');
    controller.abort();
    expect((await waiting).outcome).toBe('cancelled');
    release();
    expect((await first).outcome).toBe('ok');
    await Promise.resolve();
    release();
    expect((await last).outcome).toBe('ok');
    expect(registry.statistics('one_at_a_time')).toMatchObject([{ running: 0, waiting: 0 }]);
  });
});

interface Wish {
  readonly agent: number;
  readonly tool: number;
  readonly startMs: number;
  readonly workMs: number;
  readonly abortMs: number | null;
  readonly behaves: 'well' | 'throws' | 'ignores its abort';
}

/** Highest number of executions at once, by key. */
class Gauge {
  readonly now = new Map<string, number>();
  readonly most = new Map<string, number>();

  enter(key: string): void {
    const count = (this.now.get(key) ?? 0) + 1;
    this.now.set(key, count);
    this.most.set(key, Math.max(count, this.most.get(key) ?? 0));
  }

  leave(key: string): void {
    this.now.set(key, (this.now.get(key) ?? 0) - 1);
  }
}

describe('under 200 agents at once', () => {
  const wish: fc.Arbitrary<Wish> = fc.record({
    agent: fc.nat(199),
    tool: fc.nat(2),
    startMs: fc.nat(5_000),
    workMs: fc.nat(8_000),
    abortMs: fc.option(fc.nat(10_000), { freq: 3 }),
    behaves: fc.constantFrom('well', 'well', 'throws', 'ignores its abort'),
  });
  const settings = fc.record({
    concurrent: fc.integer({ min: 1, max: 6 }),
    perAgentConcurrent: fc.integer({ min: 1, max: 3 }),
    perMinute: fc.integer({ min: 3, max: 100 }),
    callsPerRun: fc.integer({ min: 1, max: 4 }),
  });

  it(
    'no limit is ever exceeded, every call ends exactly once and every slot comes back',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(settings, fc.array(wish, { minLength: 200, maxLength: 300 }), async (limits, wishes) => {
          const clock = virtualClock();
          const { concurrent, perAgentConcurrent, perMinute, callsPerRun } = limits;
          const registry = new ToolRegistry({ clock, limits: { perAgentConcurrent, queueTimeoutMs: 90_000 } });
          const gauge = new Gauge();
          const starts: { tool: string; at: number; runId: string }[] = [];
          const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimer(ms, resolve));
          for (const name of ['tool0', 'tool1', 'tool2']) {
            registry.registerTool(
              simpleTool(name, {
                limits: { concurrent, perMinute, callsPerRun, timeoutMs: 4_000 },
                execute: async (_input, { signal, agent, callId, runId }) => {
                  const { workMs, behaves } = wishes.find((_, index) => index === Number(callId)) as Wish;
                  starts.push({ tool: name, at: clock.monotonic(), runId });
                  gauge.enter(name);
                  gauge.enter(agent.id);
                  try {
                    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
                    await (behaves === 'ignores its abort' ? wait(workMs) : Promise.race([wait(workMs), aborted]));
                    if (signal.aborted && behaves !== 'ignores its abort') throw signal.reason;
                    if (behaves === 'throws') throw new Error('no');
                    return 'done';
                  } finally {
                    gauge.leave(name);
                    gauge.leave(agent.id);
                  }
                },
              }),
            );
          }
          const results: ToolCallResult[] = [];
          wishes.forEach((one, index) => {
            const controller = new AbortController();
            clock.setTimer(one.startMs, () => {
              const place = { agentId: `agent${one.agent}`, runId: `run${one.agent}`, callId: String(index) };
              void call(registry, `tool${one.tool}`, place, { signal: controller.signal }).then((result) =>
                results.push(result),
              );
            });
            if (one.abortMs !== null) clock.setTimer(one.startMs + one.abortMs, () => controller.abort());
          });
          await clock.runAll(100_000);

          expect(results).toHaveLength(wishes.length);
          for (const [key, most] of gauge.most)
            expect(most).toBeLessThanOrEqual(key.startsWith('tool') ? concurrent : perAgentConcurrent);
          for (const { tool, at } of starts) {
            expect(
              starts.filter((other) => other.tool === tool && other.at > at - 60_000 && other.at <= at).length,
            ).toBeLessThanOrEqual(perMinute);
          }
          const ofRun = new Map<string, number>();
          for (const { tool, runId } of starts) ofRun.set(`${tool} ${runId}`, (ofRun.get(`${tool} ${runId}`) ?? 0) + 1);
          for (const calls of ofRun.values()) expect(calls).toBeLessThanOrEqual(callsPerRun);
          for (const { running, waiting, stuck } of registry.statistics())
            expect({ running, waiting, stuck }).toEqual({ running: 0, waiting: 0, stuck: 0 });
          expect(clock.pendingTimers).toBe(0);
        }),
        { numRuns: 15 },
      );
    },
  );
});
