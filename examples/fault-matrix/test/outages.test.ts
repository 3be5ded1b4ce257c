import type { EventOf } from '@master-orchestrator/contracts';
import { startOpenAIServer, type Fault, type OpenAIServer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { OutageScene } from './support/outage-scene.js';

const BROKEN: Fault = { kind: 'status', status: 500 };
const service = (text: string): Promise<OpenAIServer> => startOpenAIServer({ script: () => ({ text }) });
const many = { maxConcurrentAgents: 100 };

/** Attempts that were not the first of their model call and left for the model named. */
const retriesOf = (scene: OutageScene, model: string): EventOf<'model-call-start'>[] =>
  scene.of('model-call-start').filter(({ data }) => data.model === model && data.attempt > 1);

describe('in a total outage', () => {
  it.each([5, 60, 250])(
    'at most 20 + 0.1 S retries leave in S seconds, with %i tasks',
    async (load) => {
      await using first = await service('never said');
      first.outage(true, BROKEN);
      // Without breakers the retry budget alone stands between a load and the service.
      const config = { ...many, breakers: { enabled: false } };
      await using scene = await OutageScene.open({ services: { first }, config });
      const beganAt = scene.clock.monotonic();
      for (let sent = 0; sent < load; sent += 5) {
        await scene.submit(5);
        await scene.pass(1_000);
      }
      await scene.untilEnded(load);
      const seconds = (scene.clock.monotonic() - beganAt) / 1_000;
      const retries = retriesOf(scene, 'first:m').length;
      expect(retries).toBeLessThanOrEqual(20 + 0.1 * seconds);
      expect(retries).toBe(first.requests.length - load);
      expect(scene.ends()).toEqual({ failed: load });
      if (load >= 60) expect(retries).toBeGreaterThanOrEqual(20);
    },
    60_000,
  );

  it('the breaker keeps nearly everything away from the service', async () => {
    await using first = await service('never said');
    first.outage(true, BROKEN);
    await using scene = await OutageScene.open({
      services: { first },
      config: { ...many, recovery: { parking: false } },
    });
    await scene.submit(100);
    await scene.pass(30_000);
    // Ten calls are under way, and four more are begun before the fifth failure opens it.
    expect(first.requests.length).toBeLessThanOrEqual(14);
    expect(scene.of('breaker-change').map(({ data }) => data.to)).toEqual(['open']);
  });
});

describe('with another model to fall back to', () => {
  it('traffic moves there at once when the breaker opens', async () => {
    await using first = await service('first');
    await using second = await service('second');
    first.outage(true, BROKEN);
    await using scene = await OutageScene.open({ services: { first, second }, config: many });
    await scene.submit(20);
    await scene.untilEnded(20);
    const [opened] = scene.of('breaker-change');
    expect(opened?.data).toMatchObject({ key: `model:${first.origin}:m`, from: 'closed', to: 'open' });
    const before = first.requests.length;
    await scene.submit(50);
    await scene.untilEnded(70);
    expect(first.requests).toHaveLength(before);
    expect(scene.ends()).toEqual({ completed: 70 });
    const later = scene.of('model-call-start').slice(-50);
    expect(later.every(({ data }) => data.model === 'second:m' && data.attempt === 1)).toBe(true);
  });

  it('the first model is used again after 3 probes, one at a time', async () => {
    await using first = await service('first');
    await using second = await service('second');
    first.outage(true, BROKEN);
    await using scene = await OutageScene.open({ services: { first, second }, config: many });
    await scene.submit(20);
    await scene.untilEnded(20);
    first.outage(false);
    await scene.pass(30_000);
    await scene.submit(10);
    await scene.untilEnded(30);
    const during = first.requests.length;
    await scene.pass(31_000);
    // Half-open: of ten tasks at once one is the probe, the others go to the second model.
    await scene.submit(10);
    await scene.untilEnded(40);
    const probes = first.requests.length - during;
    expect(probes).toBeGreaterThanOrEqual(1);
    expect(probes).toBeLessThanOrEqual(3);
    for (let task = 41; task <= 43; task += 1) {
      await scene.submit(1);
      await scene.untilEnded(task);
    }
    expect(scene.of('breaker-change').map(({ data }) => data.to)).toEqual(['open', 'half-open', 'closed']);
    const reached = second.requests.length;
    await scene.submit(20);
    await scene.untilEnded(63);
    expect(second.requests).toHaveLength(reached);
    expect(scene.ends()).toEqual({ completed: 63 });
  });

  it('an outage of 30 s loses no task', async () => {
    await using first = await service('first');
    await using second = await service('second');
    await using scene = await OutageScene.open({ services: { first, second }, config: many });
    const submitted = await throughOutage(scene, first);
    await scene.untilEnded(submitted);
    expect(scene.ends()).toEqual({ completed: submitted });
  });
});

it('an outage of 30 s loses no task where there is one model and tasks may be parked', async () => {
  await using first = await service('first');
  await using scene = await OutageScene.open({
    services: { first },
    config: { ...many, recovery: { parking: true } },
  });
  const submitted = await throughOutage(scene, first);
  await scene.untilEnded(submitted);
  expect(scene.ends()).toEqual({ completed: submitted });
  expect(scene.of('task-park').some(({ data }) => data.reason === 'retry')).toBe(true);
}, 60_000);

/** 10 s of traffic, 30 s in which the service is out of order, 10 s of traffic: 4 tasks a second. */
async function throughOutage(scene: OutageScene, server: OpenAIServer): Promise<number> {
  for (let second = 0; second < 50; second += 1) {
    server.outage(second >= 10 && second < 40, BROKEN);
    await scene.submit(4);
    await scene.pass(1_000);
  }
  return 200;
}
