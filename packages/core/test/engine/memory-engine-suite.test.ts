import { describeEngine } from '@master-orchestrator/testing';
import { createMemoryEngine } from '../../src/engine/memory-engine.js';

await describeEngine('memory engine', { open: async (_address, options) => createMemoryEngine(options) });
