import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { cleanEnvironment } from './helpers/environment.js';
import { folderWith } from './helpers/folder.js';

const MAIN = join(import.meta.dirname, '../dist/main.js');
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);

/** Words before a command that take all of the network but loopback away from it; `undefined` where that is not allowed. */
function withoutNetwork(): readonly string[] | undefined {
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const ways = [
    ['unshare', '-n', ...inside],
    ['unshare', '-rn', ...inside],
  ] as const;
  return ways.find(
    ([command, ...argv]) => spawnSync(command ?? '', [...argv, 'true'], { stdio: 'ignore' }).status === 0,
  );
}

interface Watched {
  readonly code: number | null;
  readonly stdout: string;
  /** Where it connected and sent to, and what it looked up. */ readonly seen: readonly string[];
}

/** Runs a program of Node with all that it starts, and watches what it asks of the network. */
async function watched(argv: readonly string[], before: readonly string[] = []): Promise<Watched> {
  const folder = folderWith({ 'network.log': '' });
  const log = join(folder, 'network.log');
  const [command = '', ...rest] = [...before, process.execPath, ...argv];
  const child = spawn(command, rest, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment({
      NODE_OPTIONS: `--import=${pathToFileURL(fixture('watch-network.mjs')).href}`,
      MAO_X_NETWORK_LOG: log,
    }),
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) expect.fail(`The program ended with ${code}.\n${stdout}\n${stderr}`);
  return { code, stdout, seen: readFileSync(log, 'utf8').split('\n').filter(Boolean) };
}

const OWN = /^(?:connect|send) (?:127\.0\.0\.1|::1)(?: |$)/;

it('would notice a connection and a name that is looked up, whichever API asks for it', async () => {
  const asks = `
    import { createSocket } from 'node:dgram';
    import { lookup, promises } from 'node:dns';
    import { connect } from 'node:net';
    connect(9, '127.0.0.2').on('error', () => {});
    await fetch('http://localhost:65000').catch(() => {});
    await promises.lookup('localhost').catch(() => {});
    lookup('localhost', () => {});
    const socket = createSocket('udp4');
    socket.send('x', 9, '127.0.0.3', () => socket.close());
    const resolver = new promises.Resolver({ timeout: 1, tries: 1 });
    resolver.setServers(['127.0.0.4']);
    await resolver.resolve4('name.example').catch(() => {});
  `;
  const { seen } = await watched(['--input-type=module', '--eval', asks]);
  expect(seen).toEqual(
    expect.arrayContaining(['connect 127.0.0.2 9', 'send 127.0.0.3', 'lookup localhost', 'lookup name.example']),
  );
  expect(seen.filter((line) => line === 'lookup localhost').length).toBeGreaterThanOrEqual(3);
});

it('serves, answers, shows pages and runs without a request beyond this machine and without a name looked up', async ({
  annotate,
}) => {
  const before = withoutNetwork();
  if (before === undefined) await annotate('no network namespace may be made here; the requests are watched alone');
  const { stdout, seen } = await watched([fixture('offline-session.mjs'), MAIN, folderWith()], before);
  const session = JSON.parse(stdout) as Record<string, unknown>;
  expect(session).toMatchObject({ serverCode: 0, runCode: 0, task: 'completed', hasEnd: true });
  expect(session['answer']).toContain('mean 5');
  expect(session['printed']).toContain('mean 5');
  expect(session['pages']).toMatchObject({
    '/openapi.json': 200,
    '/readyz': 200,
    '/readyz again': 200,
    '/metrics': 200,
  });
  expect(seen.some((line) => OWN.test(line))).toBe(true);
  expect(seen.filter((line) => !OWN.test(line))).toEqual([]);
}, 60_000);
