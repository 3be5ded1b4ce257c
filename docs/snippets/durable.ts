import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { scriptedModel } from '@master-orchestrator/testing';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const file = join(mkdtempSync(join(tmpdir(), 'durable-')), 'tasks.db');
let asked = 0;

/** What a program does at every start; `asked` counts real model calls. */
async function start(): Promise<void> {
  const model = scriptedModel(() => ({ text: `answer ${(asked += 1)}` }));
  await using orchestrator = await createOrchestrator({
    config: { engine: { address: `sqlite:${file}` } },
    plugins: [
      sqliteEnginePlugin(),
      { specificationVersion: 'v1', name: 'example', version: '1.0.0', contributes: { models: [model] } },
    ],
  });
  const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Answer.' }, { id: 'clerk' });
  const taskId = await orchestrator.createTask({ description: 'Once.', agentId, idempotencyKey: 'report-2026-11' });
  console.log((await orchestrator.executeTask(taskId)).text);
}

await start();
await start(); // the same task: its result is read from the file
console.log(`${asked} model call`);
