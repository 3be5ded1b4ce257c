import type { EventSink, OrchestratorEvent, PluginV1 } from '@master-orchestrator/contracts';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { createTestOrchestrator } from '../src/testing.js';

const pluginWith = (...eventSinks: EventSink[]): PluginV1 => ({
  specificationVersion: 'v1',
  name: 'mao-plugin-sinks',
  version: '1.0.0',
  contributes: { eventSinks },
});

/** Runs one task to its end and shuts down. */
async function runOnce(...sinks: EventSink[]): Promise<OrchestratorEvent[]> {
  const events: OrchestratorEvent[] = [];
  const orchestrator = await createTestOrchestrator({
    models: [scriptedModel([{ text: 'done' }])],
    plugins: [pluginWith(...sinks)],
    config: { shutdown: { abortMs: 50 } },
  });
  orchestrator.listen('test', (event) => events.push(event));
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' });
  await orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  await orchestrator.shutdown();
  return events;
}

it('delivers what a sink holds before the shutdown ends', async () => {
  const held: string[] = [];
  const delivered: string[] = [];
  await runOnce({
    name: 'batch',
    handle: ({ type }) => void held.push(type),
    flush: async () => void delivered.push(...held),
  });
  expect(delivered).toContain('task-end');
});

it('tells of sinks that fail or hang, and shuts down all the same', async () => {
  const events = await runOnce(
    { name: 'throws', handle: () => undefined, flush: () => Promise.reject(new Error('the mail server is away')) },
    { name: 'hangs', handle: () => undefined, flush: () => new Promise(() => undefined) },
    { name: 'rejects', handle: () => Promise.reject(new Error('no')) },
  );
  const failures = events.flatMap((event) => (event.type === 'listener-fail' ? [event.data] : []));
  expect(failures).toContainEqual({ listener: 'mao-plugin-sinks/throws', message: 'the mail server is away' });
  expect(failures).toContainEqual({
    listener: 'mao-plugin-sinks/hangs',
    message: 'flush() did not end within 50 ms.',
  });
  expect(failures).toContainEqual({ listener: 'mao-plugin-sinks/rejects', message: 'no' });
});
