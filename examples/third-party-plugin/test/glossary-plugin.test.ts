import { OrchestratorError } from '@master-orchestrator/errors';
import {
  describeRecoveryPlugin,
  describeTemplatePlugin,
  describeToolPlugin,
  testToolContext,
} from '@master-orchestrator/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { glossaryPlugin } from '../src/index.js';

const plugin = glossaryPlugin({ lookUp: async (term) => (term === 'queue' ? 'A line of work.' : undefined) });

await describeToolPlugin(plugin);
await describeTemplatePlugin(plugin);
await describeRecoveryPlugin(plugin, { options: { STEADY_RETRY: [{ attempts: 3, everyMs: 10 }] }, runs: 300 });

it('gives the meaning of a term, and null where there is none', async () => {
  const [tool] = plugin.contributes.tools ?? [];
  const look = (term: string) => tool?.execute({ term } as never, testToolContext());
  await expect(look('queue')).resolves.toEqual({ term: 'queue', meaning: 'A line of work.' });
  await expect(look('nothing')).resolves.toEqual({ term: 'nothing', meaning: null });
});

it('waits the same before each attempt and leaves the last one to the next strategy', () => {
  const [strategy] = plugin.contributes.recoveryStrategies ?? [];
  const decide = (attempt: number) =>
    strategy?.decide(
      {
        error: new OrchestratorError('CONNECTION_FAILED', 'gone'),
        step: { kind: 'tool-call', name: 'look_up_term' },
        attempt,
        totalAttempts: attempt,
        used: [],
        fallbacks: [],
        parkedRetries: 0,
        canPark: false,
        canEscalate: false,
        hasRetryToken: true,
      },
      { attempts: 3, everyMs: 20 },
    );
  expect([1, 2, 3].map(decide)).toEqual([
    { action: 'retry', delayMs: 20 },
    { action: 'retry', delayMs: 20 },
    undefined,
  ]);
});

it('depends on contracts and errors alone', () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    dependencies: object;
    peerDependencies: object;
  };
  expect(Object.keys(manifest.peerDependencies)).toEqual([
    '@master-orchestrator/contracts',
    '@master-orchestrator/errors',
  ]);
  expect(Object.keys(manifest.dependencies)).toEqual(['zod']);
});
