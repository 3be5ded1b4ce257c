import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from './bombs/bomb-range.js';
import type { Bomb } from './bombs/bombs.js';
import { OWN_BOMBS } from './bombs/own-bombs.js';
import { hasSharedData, sharedData } from './shared-data.js';

const SLOW = { timeout: 300_000 };
/** Longest time the loop may be blocked, in milliseconds of CPU time. */
const MOST_CPU_MS = 200;
/** What refuses in strict mode only: digits and repeated keys are kept otherwise, see shared-data.test.ts. */
const LENIENT = new Set(['json-039', 'json-042', 'json-043']);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bombs-'));
  const conditions = ['@master-orchestrator/source', ...defaultServerConditions];
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, resolve: { conditions, externalConditions: conditions } },
    build: {
      ssr: fileURLToPath(new URL('bombs/bomb-range.ts', import.meta.url)),
      outDir: folder,
      target: 'node22',
      rollupOptions: { output: { entryFileNames: 'bomb-range.mjs' } },
    },
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets the bombs off in a process of their own. */
async function letOff(bombs: readonly Bomb[]): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [join(folder, 'bomb-range.mjs')], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(JSON.stringify(bombs));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

/** A thread that is out of memory ends alone or takes the process with it. */
async function outcomesOf(bombs: readonly Bomb[]): Promise<readonly Outcome[] | 'out of memory'> {
  const { code, out } = await letOff(bombs);
  return code === 0 ? (JSON.parse(out) as Outcome[]) : 'out of memory';
}

/** Bombs that took more than they may, or were not refused as they must be. */
function harmful(bombs: readonly Bomb[], outcomes: readonly Outcome[] | 'out of memory'): readonly unknown[] {
  if (outcomes === 'out of memory') return [outcomes];
  return outcomes.filter(({ id, outcome, cpuMs }) => {
    const wanted = bombs.find((bomb) => bomb.id === id)?.expect;
    const isRight = wanted?.refuse === true && !LENIENT.has(id) ? wanted.acceptCategories.includes(outcome) : true;
    return !isRight || outcome === 'out of memory' || cpuMs > MOST_CPU_MS;
  });
}

describe('bombs', () => {
  it('of our own list are refused within 200 ms of CPU time and 64 MiB of heap', SLOW, async () => {
    const outcomes = await outcomesOf(OWN_BOMBS);
    expect(outcomes).toHaveLength(OWN_BOMBS.length);
    expect(harmful(OWN_BOMBS, outcomes)).toEqual([]);
  });

  it('would be noticed: a plain JSON.parse dies of one of them', SLOW, async () => {
    const bombs = OWN_BOMBS.filter(({ id }) => id === 'wide array of objects').map((bomb) => ({
      ...bomb,
      tools: ['careless'],
    }));
    expect(harmful(OWN_BOMBS, await outcomesOf(bombs))).toHaveLength(1);
  });

  it.skipIf(!hasSharedData)(
    'of the shared list are answered within 200 ms of CPU time and 64 MiB of heap (needs ../shared/test-data)',
    SLOW,
    async () => {
      const { payloads } = sharedData('security/json-bombs.json') as { payloads: Bomb[] };
      const used = payloads.filter(({ tools }) => tools.some((tool) => tool.startsWith('json_')));
      const outcomes = await outcomesOf(used);
      expect(harmful(used, outcomes)).toEqual([]);
      expect(new Set((outcomes as readonly Outcome[]).map(({ id }) => id)).size).toBe(used.length);
    },
  );
});
