import { describeEngine } from '@master-orchestrator/testing';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { {{pascal}}Engine } from '../src/index.js';

// Workers are processes of their own that run the built package: `npm test` builds it first.
await describeEngine('{{kebab}} engine', {
  open: async (file, options) => new {{pascal}}Engine(file, options),
  addressIn: (directory) => join(directory, 'tasks.db'),
  workerFile: fileURLToPath(new URL('./fixtures/worker.mjs', import.meta.url)),
});
