import { expect, it } from 'vitest';
import { LaneLimits } from '../src/agents/lane-limits.js';
import { createMemoryEngine } from '../src/index.js';
import { silentLogger, type Limits, type TaskEngine } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { scene } from './run/helpers.js';

it('lets teams take turns, however many tasks one of them has queued', async () => {
  await using stage = await scene(() => ({ text: 'ok' }), {}, { config: { maxConcurrentAgents: 1 } });
  const { orchestrator } = stage;
  const agentOf = (name: string, team: string) => orchestrator.createAgent({ name, instructions: 'x' }, { team });
  const [a1, a2, b1] = [await agentOf('a1', 'big'), await agentOf('a2', 'big'), await agentOf('b1', 'small')];
  const agents = [a1, a2, b1];
  for (const id of agents) await orchestrator.pauseAgent(id);
  const ids: string[] = [];
  for (const [agentId, count] of [[a1, 6] as const, [a2, 6] as const, [b1, 2] as const]) {
    for (let n = 0; n < count; n += 1) ids.push(await orchestrator.createTask({ description: `${n}`, agentId }));
  }
  const settled = orchestrator.executeTasks(ids);
  while ((await orchestrator.engine.list({ phases: ['ready'], limit: 100 })).items.length < ids.length) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const id of agents) await orchestrator.resumeAgent(id);
  await settled;
  const starts = stage.events.flatMap((event) => (event.type === 'task-start' ? [event.agentId] : []));
  const places = starts.flatMap((agentId, place) => (agentId === b1 ? [place] : []));
  expect(places).toHaveLength(2);
  expect(Math.max(...places)).toBeLessThanOrEqual(5);
});

/** An engine that says of itself that others share it, with the limits it was told. */
function sharedEngine(): { engine: TaskEngine; told: Limits[] } {
  const memory = createMemoryEngine({ clock: systemClock, random: () => 0.5, logger: silentLogger });
  const told: Limits[] = [];
  const engine = Object.create(memory, {
    caps: { value: { ...memory.caps, durable: true } },
    state: { value: memory.state },
    setLimits: { value: async (limits: Limits) => void told.push(limits) },
  }) as TaskEngine;
  return { engine, told };
}

it('keeps the limits of agents that another process has created', async () => {
  const { engine, told } = sharedEngine();
  const first = new LaneLimits(engine, { total: 4 }, true);
  await first.start();
  await first.note('agent_a', { limit: 2, team: 'red' });
  const second = new LaneLimits(engine, { total: 4 }, true);
  await second.start();
  await second.note('agent_b', { limit: 1 });
  await first.note('agent_c', { team: 'blue' });
  expect(told.at(-1)).toEqual({
    total: 4,
    lanes: { agent_a: 2, agent_b: 1 },
    shares: { agent_a: 'red', agent_c: 'blue' },
  });
  await second.forget('agent_b');
  expect(told.at(-1)?.lanes).toEqual({ agent_a: 2 });
});

it('leaves what holds for all lanes to the processes that work', async () => {
  const { engine, told } = sharedEngine();
  await new LaneLimits(engine, { total: 99 }, false).start();
  expect(told).toEqual([]);
  await new LaneLimits(engine, { total: 4 }, true).start();
  const visitor = new LaneLimits(engine, { total: 99 }, false);
  await visitor.start();
  await visitor.note('agent_a', { limit: 2 });
  expect(told.at(-1)).toEqual({ total: 4, lanes: { agent_a: 2 } });
});
