import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OrchestratorError } from '@master-orchestrator/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToolFiles } from '../src/index.js';
import { CANARY, Folders } from './support/folders.js';
import { hasSharedData, sharedData, SKIPPED } from './support/shared-data.js';

interface Payload {
  readonly id: string;
  readonly class: string;
  readonly path: string;
  readonly tools?: readonly string[];
  readonly expect: { readonly outcome: string; readonly acceptCategories?: readonly string[] };
}

interface List {
  readonly payloads: readonly Payload[];
  readonly controls: readonly Payload[];
}

const isRoot = process.getuid?.() === 0;
const title = `createToolFiles, every payload of the list${SKIPPED}`;

describe.skipIf(!hasSharedData || process.platform === 'win32').each(['descriptor', 'path'] as const)(
  `${title}, names resolved by %s`,
  (resolution) => {
    const payloads = sharedData('path-traversal', (list: List) => list.payloads);
    const controls = sharedData('path-traversal', (list: List) => list.controls);
    // Races have a test of their own; a mode of 000 does not stop root.
    const used = payloads.filter(({ class: kind, path }) => kind !== 'race' && !(isRoot && path === 'noperm.txt'));
    let folders: Folders;
    let beside: string;
    beforeAll(async () => {
      folders = new Folders();
      await folders.addSpecialFiles();
      beside = folders.beside();
    });
    afterAll(async () => {
      await folders[Symbol.asyncDispose]();
    });

    async function read(path: string): Promise<string> {
      return new TextDecoder().decode(await createToolFiles({ resolution }).within(folders.root).read(path));
    }

    async function write(path: string): Promise<unknown> {
      return createToolFiles({ resolution }).within(folders.root).write(path, 'written');
    }

    it.each(used.filter(({ tools = ['read_file'] }) => tools.includes('read_file')))(
      'reads nothing outside for $id $class $path',
      async (payload) => {
        const answer = await read(payload.path).catch((error: unknown) => error);
        expect(String(answer)).not.toContain(CANARY);
        if (payload.expect.outcome === 'refuse' || typeof answer !== 'string') check(answer, payload);
      },
    );

    it.each(used.filter(({ tools = ['write_file'] }) => tools.includes('write_file')))(
      'writes nothing outside for $id $class $path',
      async (payload) => {
        const answer = await write(payload.path).catch((error: unknown) => error);
        if (payload.expect.outcome === 'refuse' || answer instanceof Error) check(answer, payload);
        expect(folders.beside()).toBe(beside);
        expect(folders.leftovers()).toEqual([]);
      },
    );

    it.each(controls)('allows $id $path', async ({ path }) => {
      mkdirSync(dirname(join(folders.root, path)), { recursive: true });
      writeFileSync(join(folders.root, path), 'before');
      expect(await read(path)).toBe('before');
      await write(path);
      expect(await read(path)).toBe('written');
    });

    function check(
      answer: unknown,
      { expect: { acceptCategories = ['PERMISSION_ERROR', 'VALIDATION_ERROR', 'RESOURCE_ERROR'] } }: Payload,
    ): void {
      expect(OrchestratorError.isInstance(answer), String(answer)).toBe(true);
      expect(acceptCategories, String(answer)).toContain((answer as OrchestratorError).category);
    }
  },
);
