import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { startOpenAIServer } from '@master-orchestrator/testing';
import { z } from 'zod';

const lookup = defineTool({
  name: 'find_customer',
  description: 'Finds a customer by name.',
  inputSchema: z.object({ name: z.string() }),
  effect: 'pure',
  execute: async ({ name }) => ({ isKnown: name !== '', since: 2019 }),
});
const tools: readonly AnyTool[] = [lookup];
await using server = await startOpenAIServer({
  apiKey: 'sk-the-real-key-of-the-team',
  script: [{ toolCalls: [{ name: 'find_customer', arguments: { name: 'Ada' } }] }, { text: 'Yes, since 2019.' }],
});
const apiKey = 'sk-the-real-key-of-the-team';
const baseUrl = server.url;
const file = new URL('customer.cassette.json', pathToFileURL(`${process.cwd()}/`));

// #region test
import type { ModelProvider, OrchestratorEvent } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { virtualClock } from '@master-orchestrator/testing';

/** One run of what is under test, with the model and the tools it is given. */
async function ask(model: ModelProvider, using: readonly AnyTool[], question: string) {
  const events: OrchestratorEvent[] = [];
  await using orchestrator = await createTestOrchestrator({ models: [model], tools: using, clock: virtualClock() });
  orchestrator.listen('log', (event) => void events.push(event));
  const names = using.map(({ name }) => name);
  const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Look it up.', tools: names });
  const { text } = await orchestrator.executeTask(await orchestrator.createTask({ description: question, agentId }));
  return { text, log: JSON.stringify(events) };
}
// #endregion

// #region record
import { createOpenAIProvider } from '@master-orchestrator/model-openai';
import { recordCassette } from '@master-orchestrator/testing';

const secrets = ['12 Hill Road']; // keys and tokens in their usual forms are masked without being named
const recording = recordCassette({ file, model: createOpenAIProvider({ apiKey, baseUrl }), tools, secrets });
const recorded = await ask(recording.model, recording.tools, 'Is Ada of 12 Hill Road a customer?');
await recording.save();
// #endregion
await server[Symbol.asyncDispose]();

// #region replay
import { replayCassette } from '@master-orchestrator/testing';

const replay = await replayCassette({ file, tools, secrets });
const replayed = await ask(replay.model, replay.tools, 'Is Ada of 12 Hill Road a customer?');
replay.assertDone(); // throws where a recorded call was not made
console.log(replayed.text, replayed.log === recorded.log); // Yes, since 2019. true
// #endregion

// #region changed
const changed = await replayCassette({ file, tools, secrets });
await ask(changed.model, changed.tools, 'Was Ada of 12 Hill Road a customer?').catch((error: unknown) =>
  console.log(String(error)),
);
// #endregion
const tape = await readFile(file, 'utf8');
console.log('secrets on the tape:', tape.includes('real-key') || tape.includes('Hill Road'));
