import { callTool } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { dataToolsPlugin } from '../src/index.js';
import { hasSharedData, sharedData } from './shared-data.js';

interface Bomb {
  id: string;
  build?: {
    repeat?: { prefix: string; unit: string; times: number; suffix: string };
    repeat2?: { open: string; close: string; middle?: string; times: number };
    keys?: number;
  };
  text?: string;
  tools: string[];
  expect: { refuse: boolean; acceptCategories: string[] };
}

const plugin = dataToolsPlugin();
const parse = (text: string, more: object = {}): Promise<string> =>
  callTool(plugin, 'json_parse', { text, ...more }).then(
    () => 'accepted',
    (error: { category?: string }) => error.category ?? 'no category',
  );
/** What refuses in strict mode only: digits and repeated keys are kept otherwise. */
const LENIENT = new Set(['json-039', 'json-042', 'json-043']);

describe.skipIf(!hasSharedData)(
  'json_parse against the shared data (needs ../shared/test-data)',
  { timeout: 60_000 },
  () => {
    it('accepts what must be accepted, refuses what must be refused, survives the rest', async () => {
      const { files } = sharedData('security/json-conformance.json') as {
        files: { name: string; expect: 'accept' | 'refuse' | 'either'; base64: string }[];
      };
      const wrong: string[] = [];
      for (const { name, expect: wanted, base64 } of files) {
        const outcome = await parse(Buffer.from(base64, 'base64').toString('utf8'));
        const isRight = wanted === 'accept' ? outcome === 'accepted' : outcome === 'VALIDATION_ERROR';
        if (!isRight && (wanted !== 'either' || outcome !== 'accepted')) wrong.push(`${name}: ${outcome}`);
      }
      expect(files.length).toBeGreaterThan(300);
      expect(wrong).toEqual([]);
    });

    it('answers every bomb within the limits of the tool', async () => {
      const { payloads } = sharedData('security/json-bombs.json') as { payloads: Bomb[] };
      const wrong: string[] = [];
      for (const bomb of payloads) {
        const text = bomb.tools.includes('json_parse') ? textOf(bomb) : undefined;
        if (text === undefined) continue;
        const outcome = await parse(text, { strict: LENIENT.has(bomb.id) });
        const isRight = bomb.expect.refuse ? bomb.expect.acceptCategories.includes(outcome) : true;
        if (!isRight) wrong.push(`${bomb.id}: ${outcome}`);
      }
      expect(wrong).toEqual([]);
    });

    it('refuses or keeps as data what would pollute a prototype', async () => {
      const { payloads } = sharedData('security/prototype-pollution.json') as {
        payloads: { id: string; input: string; target: string[]; expect: { refuse: boolean } }[];
      };
      const wrong: string[] = [];
      for (const { id, input, target, expect: wanted } of payloads) {
        if (!target.includes('json_parse') || typeof input !== 'string') continue;
        const outcome = await parse(input);
        if (wanted.refuse && outcome !== 'VALIDATION_ERROR') wrong.push(`${id}: ${outcome}`);
        for (const value of [{}, [], () => {}] as Record<string, unknown>[]) {
          if (value['polluted'] !== undefined || value['isAdmin'] !== undefined) wrong.push(`${id}: polluted`);
        }
      }
      expect(wrong).toEqual([]);
      expect(Object.keys(Object.prototype)).toEqual([]);
    });
  },
);

function textOf({ text, build }: Bomb): string | undefined {
  if (text !== undefined) return text;
  if (build?.repeat !== undefined) {
    const { prefix, unit, times, suffix } = build.repeat;
    return prefix + unit.repeat(times) + suffix;
  }
  if (build?.repeat2 !== undefined) {
    const { open, close, middle = '', times } = build.repeat2;
    return open.repeat(times) + middle + close.repeat(times);
  }
  if (build?.keys === undefined) return undefined;
  return `{${Array.from({ length: build.keys }, (_, index) => `"k${index}":0`).join(',')}}`;
}
