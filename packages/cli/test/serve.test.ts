import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { writePlugin } from './helpers/plugin-folder.js';
import { runMao, startMao, type Started } from './helpers/spawn-mao.js';

async function serving(cwd: string, ...argv: string[]): Promise<{ server: Started; url: string }> {
  const server = startMao(['serve', ...argv], { cwd });
  const [, url = ''] = await server.until(/API {6}(http:\S+)/);
  await server.until(/stop {5}Ctrl-C/);
  return { server, url };
}

async function takenPort(): Promise<number> {
  const other = createServer((_, response) => void response.end());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => void (await new Promise((resolve) => other.close(resolve))));
  return (other.address() as AddressInfo).port;
}

describe('mao serve', () => {
  it('works in an empty folder: at most eight lines, an address on loopback, a first command that works', async () => {
    const cwd = folderWith();
    const { server, url } = await serving(cwd, '--port', '0');
    const lines = server.stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(8);
    expect(lines[0]).toMatch(/^mao \d+\.\d+\.\d+ {2}ready in \d+ ms$/);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(server.stdout).toContain(`OpenAPI  ${url}/openapi.json`);
    expect(server.stdout).toContain('config   no file: the defaults are in force');
    expect(server.stdout).toContain(`store    sqlite:${cwd}/.mao/mao.db`);
    const [, address = '', body = ''] =
      /try {6}curl (\S+) -H 'content-type: application\/json' -d '(.+)'$/m.exec(server.stdout) ?? [];
    const response = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).toContain('mean 5');
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);

    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, '.mao/server.json'))).toBe(false);
    expect((await mao(['tasks', '--json'], { cwd })).json()).toMatchObject({ tasks: [{ status: 'completed' }] });
  });

  it('cannot be reached by any other address of the machine', async () => {
    const { url } = await serving(folderWith(), '--port', '0');
    const addresses = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of addresses) {
      await expect(
        fetch(`http://${address}:${new URL(url).port}/livez`, { signal: AbortSignal.timeout(2_000) }),
      ).rejects.toThrow(/fetch failed|timeout/);
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it.each(['0.0.0.0', '::'])('refuses to listen on %s without keys, and names the setting', async (host) => {
    const { code, stdout, stderr } = await mao(['serve', '--host', host, '--port', '0'], { cwd: folderWith() });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('server.auth.enabled');
  });

  it('refuses to start in production without a real model or keys', async () => {
    const { code, stderr } = await mao(['serve', '--profile', 'production', '--port', '0'], { cwd: folderWith() });
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/allowOfflineInProduction|adminKey/);
  });

  it('names who has the port where it is another mao, with exit code 6 and no banner', async () => {
    const cwd = folderWith();
    const { server, url } = await serving(cwd, '--port', '0');
    const { port } = new URL(url);
    const second = await mao(['serve', '--port', port], { cwd });
    expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 6, stdout: '' });
    expect(second.stderr).toContain(`mao serve has it: process ${server.child.pid}, since 20`);
    expect(second.stderr).toContain(url);
    expect(second.stderr).toContain('--auto-port');
    const document = await mao(['serve', '--port', port, '--json'], { cwd });
    expectDocument('error', document.json());
    expect(document.json()).toMatchObject({
      error: { code: 'STARTUP_FAILED', details: { pid: server.child.pid, url } },
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(existsSync(join(cwd, '.mao/server.json'))).toBe(true);
  });

  it('says that another program has the port', async () => {
    const port = await takenPort();
    const { code, stderr } = await mao(['serve', '--port', String(port)], { cwd: folderWith() });
    expect(code).toBe(6);
    expect(stderr).toContain(`Port ${port} of 127.0.0.1 is taken: another program has it.`);
  });

  it('moves to a free port with --auto-port', async () => {
    const port = await takenPort();
    const cwd = folderWith({ 'mao.config.yaml': `server: { port: ${port} }\n` });
    const { url } = await serving(cwd, '--auto-port');
    expect(new URL(url).port).not.toBe(String(port));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('says the same as one document with --json, once it listens', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'logging: { format: json }\n' });
    const server = startMao(['serve', '--json', '--port', '0', '--no-worker', '--read-only'], { cwd });
    await server.until(/"status":"ready".*\n/);
    const document = JSON.parse(server.stdout) as { url: string; pid: number };
    expectDocument('serve', document);
    expect(document.pid).toBe(server.child.pid);
    expect((await fetch(`${document.url}/livez`)).status).toBe(200);
    const refused = await fetch(`${document.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model":"assistant","input":"hi"}',
    });
    expect(refused.status).toBe(403);
    server.child.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 130, stdout: `${JSON.stringify(document)}\n` });
  });

  it('serves the agents of the project and takes a changed log level over', async () => {
    const cwd = folderWith({
      'agents/ann/agent.yaml': 'instructions: You calculate what you are asked.\ntools: [calculate_metrics]\n',
      'mao.config.yaml': 'logging: { level: info, format: json }\n',
    });
    const { server, url } = await serving(cwd, '--port', '0');
    expect(server.stdout).toContain('"model":"ann"');
    expect(await (await fetch(`${url}/api/v1/agents`)).text()).toContain('"ann"');
    writeFileSync(join(cwd, 'mao.config.yaml'), 'logging: { level: warn, format: json }\n');
    server.child.kill('SIGHUP');
    await server.until(/the configuration changed|takenOver/);
    expect(server.stderr).toMatch(/"takenOver":\["logging\.level"\],"afterRestart":\[\]/);
    expect(server.stderr.match(/the configuration changed/g)).toHaveLength(1);
  });
});

describe('mao worker', () => {
  it('works on what others queued, and stops on SIGTERM', async () => {
    const cwd = folderWith();
    const worker = startMao(['worker', '--slots', '2'], { cwd });
    await worker.until(/ready, 2 tasks at once/);
    const queued = await mao(['run', '--detach', '--json', 'What is the mean of 3, 4 and 8?'], { cwd });
    const id = queued.json()['taskId'] as string;
    await worker.until(new RegExp(`task completed.+${id}`));
    worker.child.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
  });

  it('stops by itself once nothing has been left to do, with one document on stdout', async () => {
    const ended = await runMao(['worker', '--json', '--idle-exit', '0.3'], { cwd: folderWith() });
    expect(ended.code).toBe(0);
    expectDocument('worker', JSON.parse(ended.stdout));
  });

  it('leaves nothing behind but the store', async () => {
    const cwd = folderWith();
    await runMao(['worker', '--idle-exit', '0'], { cwd });
    expect(readdirSync(cwd)).toEqual(['.mao']);
    expect(readdirSync(join(cwd, '.mao')).filter((name) => !name.startsWith('mao.db'))).toEqual([]);
    expect(readFileSync(join(cwd, '.mao/mao.db')).subarray(0, 15).toString()).toBe('SQLite format 3');
  });
});

describe('a plugin that is not in order', () => {
  const throwing = {
    manifest: { name: 'mao-plugin-throws' },
    source: "export const greetPlugin = () => { throw new Error('no luck'); };",
  };
  const withBroken = (more: string): string => {
    const cwd = folderWith({ 'mao.config.yaml': `plugins: { ./sound: {}, ./throws: {}, ./setup: {} }\n${more}` });
    writePlugin(cwd, 'sound');
    writePlugin(cwd, 'throws', throwing);
    writePlugin(cwd, 'setup', {
      manifest: { name: 'mao-plugin-setup' },
      plugin: { name: "'mao-plugin-setup'", contributes: '{}', setup: "() => { throw new Error('no database'); }" },
    });
    return cwd;
  };

  it.each(['serve', 'worker'])(
    'stops the start of mao %s, unless the configuration says otherwise',
    async (command) => {
      const { code, stdout, stderr } = await runMao([command], { cwd: withBroken('server: { port: 0 }\n') });
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toContain('no luck');
    },
  );

  it('is left out with onPluginFailure: disable; probes, lists and the log say so', async () => {
    const cwd = withBroken('onPluginFailure: disable\nlogging: { format: json }\n');
    const { server, url } = await serving(cwd, '--port', '0');
    expect(server.stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(8);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'degraded' }]);
    const health = await (await fetch(`${url}/health`)).text();
    expect(health).toContain('"disabled: mao-plugin-setup, ./throws"');
    const { items } = (await (await fetch(`${url}/api/v1/plugins`)).json()) as { items: Record<string, string>[] };
    const reasonOf = (name: string): unknown => items.find((each) => each['name'] === name);
    expect(reasonOf('./throws')).toMatchObject({ status: 'disabled', reason: expect.stringContaining('no luck') });
    expect(reasonOf('mao-plugin-setup')).toMatchObject({
      status: 'disabled',
      reason: expect.stringContaining('no database'),
    });
    expect(reasonOf('mao-plugin-greet')).toMatchObject({ status: 'ready' });
    const answer = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'assistant', input: 'What is the mean of 3, 4 and 8?' }),
    });
    expect(await answer.text()).toContain('mean 5');
    server.child.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/"plugin":"\.\/throws".*"msg":"plugin failed"/);
    expect(stderr).toMatch(/"plugin":"mao-plugin-setup".*"msg":"plugin failed"/);

    const worked = await runMao(['worker', '--idle-exit', '0.1'], { cwd });
    expect(worked.code).toBe(0);
    expect(worked.stderr).toContain('Goes on without the plugin "./throws"');
    const listed = await mao(['plugins', 'list'], { cwd });
    expect(listed.code).toBe(3);
    expect(listed.stdout).toMatch(/throws .*refused/);
    expect(listed.stderr).toContain('onPluginFailure is "disable"');
  }, 30_000);

  it('stops the start all the same where it brings the store in use', async () => {
    const cwd = withBroken('onPluginFailure: disable\nengine: { address: "other:x" }\n');
    const { code, stderr } = await runMao(['serve', '--port', '0'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('no luck');
  });
});
