import { describeEngine } from '@master-orchestrator/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { buildWorker } from './build-worker.js';
import { openEngine } from './fixtures/open-engine.js';
import { TestServer } from './test-server.js';

// Inside of the package, so that the worker finds its dependencies.
const folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.worker-'));
const server = await TestServer.start();
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

await describeEngine(
  'dbos engine on postgres-local',
  {
    open: async (address, options) => {
      await server.prepare(address);
      return openEngine(address, options);
    },
    addressIn: (directory) => server.addressIn(directory),
    workerFile: await buildWorker(folder),
    outage: (_address, forMs) => server.outage(forMs),
  },
  { crashPoints: 5 },
);
