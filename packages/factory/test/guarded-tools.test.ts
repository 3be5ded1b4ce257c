import { createOrchestrator } from '@master-orchestrator/core';
import { startJsonServer } from '@master-orchestrator/testing';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';
import { webToolsPlugin } from '@master-orchestrator/tools-web';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The tools as an agent gets them: plugin, registry and the host's guards together, over real files and sockets. */
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guarded-'));
  mkdirSync(join(folder, 'root', 'inner'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'TOP SECRET');
  writeFileSync(join(folder, 'root', 'note.txt'), 'hello');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'root', 'link.txt'));
  symlinkSync(folder, join(folder, 'root', 'up'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function stage(web: Parameters<typeof webToolsPlugin>[0] = {}) {
  const orchestrator = await createOrchestrator({
    plugins: [filesToolsPlugin({ roots: [join(folder, 'root')] }), webToolsPlugin(web)],
  });
  const agentId = 'agent_reader';
  orchestrator.tools.registerAgent({
    id: agentId,
    name: 'reader',
    tools: ['read_file', 'write_file', 'list_directory', 'http_request'],
  });
  return {
    run: (tool: string, args: object) => orchestrator.tools.executeTool(tool, agentId, args),
    [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }),
  };
}

describe('files', () => {
  it('are read and written inside the root', async () => {
    await using world = await stage();
    expect((await world.run('read_file', { path: 'note.txt' })).text).toContain('hello');
    await world.run('write_file', { path: 'inner/new.txt', content: 'fresh' });
    expect(readFileSync(join(folder, 'root/inner/new.txt'), 'utf8')).toBe('fresh');
    expect((await world.run('list_directory', { path: '.' })).text).toContain('note.txt');
  });

  it.each([
    '../secret.txt',
    'inner/../../secret.txt',
    '/etc/passwd',
    'link.txt',
    'up/secret.txt',
    '..\\secret.txt',
    'inner/./../../secret.txt',
    'note.txt\u0000.md',
    '%2e%2e/secret.txt',
    '~/secret.txt',
    'file:///etc/passwd',
  ])('outside the root are neither read nor written: %s', async (path) => {
    await using world = await stage();
    const read = world.run('read_file', { path }).then(
      ({ text }) => text,
      (error: Error) => error.message,
    );
    expect(await read).not.toContain('TOP SECRET');
    await world.run('write_file', { path, content: 'overwritten', overwrite: true }).catch(() => undefined);
    expect(readFileSync(join(folder, 'secret.txt'), 'utf8')).toBe('TOP SECRET');
  });
});

describe('requests', () => {
  it('reach a page on loopback only where its host is allowed', async () => {
    await using page = await startJsonServer(() => [200, { greeting: 'hello' }]);
    const host = new URL(page.url).host;
    await using closed = await stage();
    await expect(closed.run('http_request', { url: page.url })).rejects.toMatchObject({
      code: 'SSRF_BLOCKED',
      category: 'PERMISSION_ERROR',
    });
    await using open = await stage({ allowPrivateHosts: [host], allowedHosts: [host] });
    expect((await open.run('http_request', { url: page.url })).text).toContain('hello');
  });

  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:127.0.0.1]/',
    'http://10.0.0.1/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
  ])('never leave for %s', async (url) => {
    await using world = await stage();
    await expect(world.run('http_request', { url })).rejects.toMatchObject({
      category: expect.stringMatching(/PERMISSION_ERROR|VALIDATION_ERROR/),
    });
  });
});
