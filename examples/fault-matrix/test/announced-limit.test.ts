import { sleep } from '@master-orchestrator/errors';
import { startOpenAIServer, virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { OutageScene } from './support/outage-scene.js';

const PER_MINUTE = 240;
const MINUTES = 3;
/** More than the limit lets through in that time. */
const LOAD = PER_MINUTE * MINUTES * 1.3;

/** Sends more than a service allows, for so long in virtual time; tells how much was answered and refused. */
async function overload(burst: number): Promise<{ answered: number; refused: number; ends: Record<string, number> }> {
  const clock = virtualClock();
  let held = 0;
  await using service = await startOpenAIServer({
    rateLimit: { requestsPerMinute: PER_MINUTE, burst, now: () => clock.monotonic() },
    // An answer takes 0.3 to 0.9 s.
    script: async (_request, index) => {
      held += 1;
      await sleep(clock, 300 + (index % 7) * 100);
      held -= 1;
      return { text: 'said' };
    },
  });
  await using scene = await OutageScene.open({
    services: { service },
    config: { maxConcurrentAgents: 200 },
    clock,
    held: () => held,
  });
  await scene.submit(LOAD);
  await scene.pass(MINUTES * 60_000);
  return {
    answered: scene.of('model-call-end').filter(({ data }) => data.outcome === 'ok').length,
    refused: service.requests.filter(({ outcome }) => outcome === 'limited').length / service.requests.length,
    ends: scene.ends(),
  };
}

it.each([
  ['a whole minute at once', PER_MINUTE],
  ['three seconds at once', 12],
])(
  'uses at least 90 percent of an announced limit with under 1 percent refusals, where a service allows %s',
  async (_name, burst) => {
    const { answered, refused, ends } = await overload(burst);
    expect(answered).toBeGreaterThanOrEqual(0.9 * PER_MINUTE * MINUTES);
    expect(refused).toBeLessThan(0.01);
    expect(Object.keys(ends)).toEqual(['completed']);
  },
  120_000,
);

it('loses no task where a service refuses the very first calls', async () => {
  const { refused, ends } = await overload(2);
  expect(refused).toBeLessThan(0.05);
  expect(Object.keys(ends)).toEqual(['completed']);
}, 120_000);
