import { describeRecoveryPlugin } from '@master-orchestrator/testing';
import { join } from 'node:path';
import { standardRecoveryPlugin } from '../src/index.js';

const packageJson = join(import.meta.dirname, '../package.json');
const options = {
  RETRY: [{ attempts: 6 }, { attempts: 6, baseMs: 1_000 }, { parked: true }],
  FALLBACK: [{ times: 1 }],
  SKIP: [{ onlyOptional: true }, { keepAnswer: true }, { note: 'left out' }],
  ESCALATE: [{ times: 2 }],
  RESET: [{ scope: 'context' }, { scope: 'instructions', times: 2 }, { scope: 'component' }],
  TERMINATE: [{ scope: 'orchestrator' }],
};

await describeRecoveryPlugin(standardRecoveryPlugin(), { packageJson, options, runs: 300 });
await describeRecoveryPlugin(
  standardRecoveryPlugin({
    retry: { attempts: 4, maxAttempts: 5, baseMs: 10, longestMs: 100, longestInPlaceMs: 50, parkBaseMs: 1 },
    fallback: { times: 2, prefersDeclaredResult: true },
    skip: { note: 'nothing came of it', onlyOptional: true },
    escalate: { from: 'HIGH', times: 2 },
    reset: { times: 2, hint: 'Try again.' },
    terminate: { stopOn: ['DISK_FULL'] },
  }),
  { options, runs: 300, seed: 2 },
);
