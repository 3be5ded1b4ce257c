import { loadConfig } from '@master-orchestrator/config';
import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createTestOrchestrator } from '../src/testing.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tool-settings-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A plugin whose tool reads one file and one variable. */
const readers: PluginV1 = {
  specificationVersion: 'v1',
  name: 'readers',
  version: '1.0.0',
  permissions: ['fs:read', 'env:CITY'],
  contributes: {
    tools: [
      defineTool({
        name: 'read_note',
        description: 'Reads the note of a folder.',
        inputSchema: z.object({ folder: z.string() }),
        accessLevel: 'public',
        effect: 'idempotent',
        execute: async (input, { files }) =>
          new TextDecoder().decode(await files.within(input.folder).read('note.txt')),
      }),
      defineTool({
        name: 'read_variable',
        description: 'Reads a variable of the environment.',
        inputSchema: z.object({ name: z.string() }),
        accessLevel: 'public',
        effect: 'idempotent',
        execute: async ({ name }, { env }) => env[name] ?? 'not set',
      }),
    ],
  },
};

it('keeps every tool below tools.fileRoots, whatever folder it names', async () => {
  const [inside, outside] = [await folder(), await folder()];
  for (const path of [inside, outside]) await writeFile(join(path, 'note.txt'), 'a note');
  await using orchestrator = await createTestOrchestrator({
    plugins: [readers],
    config: { tools: { fileRoots: [inside] } },
  });
  const read = (path: string) => orchestrator.tools.executeTool('read_note', 'agent', { folder: path });
  expect((await read(inside)).output).toBe('a note');
  await expect(read(outside)).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
});

it('takes from tools.permissions what a plugin asks for', async () => {
  const inside = await folder();
  await writeFile(join(inside, 'note.txt'), 'a note');
  await using orchestrator = await createTestOrchestrator({
    plugins: [readers],
    config: { tools: { permissions: { readers: { fs: false, env: [] } } } },
    environment: { CITY: 'Lisbon' },
  });
  const { tools } = orchestrator;
  await expect(tools.executeTool('read_note', 'agent', { folder: inside })).rejects.toMatchObject({
    category: 'PERMISSION_ERROR',
  });
  await expect(tools.executeTool('read_variable', 'agent', { name: 'CITY' })).rejects.toMatchObject({
    code: 'TOOL_FORBIDDEN',
  });
});

it.each([
  ['given', async () => ({ environment: { CITY: 'Lisbon', SECRET: 'x' } })],
  ['that a configuration was loaded with', async () => ({ config: await loaded({ CITY: 'Lisbon', SECRET: 'x' }) })],
])('gives plugins the variables they ask for, and no others, of those %s', async (_where, options) => {
  await using orchestrator = await createTestOrchestrator({ plugins: [readers], ...(await options()) });
  const read = (name: string) => orchestrator.tools.executeTool('read_variable', 'agent', { name });
  expect((await read('CITY')).output).toBe('Lisbon');
  await expect(read('SECRET')).rejects.toMatchObject({ code: 'TOOL_FORBIDDEN' });
});

it('reads no variable of the process where nobody gave any', async () => {
  await using orchestrator = await createTestOrchestrator({
    plugins: [{ ...readers, permissions: ['env:PATH'] }],
  });
  const result = await orchestrator.tools.executeTool('read_variable', 'agent', { name: 'PATH' });
  expect(result.output).toBe('not set');
});

it('lets nobody use a public tool without a grant under tools.defaultDeny', async () => {
  await using orchestrator = await createTestOrchestrator({
    plugins: [readers],
    config: { tools: { defaultDeny: true } },
    environment: { CITY: 'Lisbon' },
  });
  const read = () => orchestrator.tools.executeTool('read_variable', 'agent', { name: 'CITY' });
  await expect(read()).rejects.toMatchObject({ code: 'TOOL_FORBIDDEN' });
  await orchestrator.grantToolAccess({ tool: 'read_variable', to: { agent: 'agent' } });
  expect((await read()).output).toBe('Lisbon');
});

async function loaded(env: Record<string, string>) {
  return loadConfig({ env, cwd: await folder(), userFile: false });
}
