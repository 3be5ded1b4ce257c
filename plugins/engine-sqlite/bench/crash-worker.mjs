// The worker process of bench/crash.mjs.
import { runEngineWorker } from '@master-orchestrator/testing';
import { SqliteEngine } from '../dist/index.js';

await runEngineWorker(async (address, options) => new SqliteEngine(address, options));
