import { createOrchestrator, type MasterOrchestrator } from '@master-orchestrator/core';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';
import { webToolsPlugin } from '@master-orchestrator/tools-web';
import { execFile, spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const base = mkdtempSync(join(tmpdir(), 'guarded-'));
const CANARY = 'canary-91be';
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('the program', () => {
  beforeAll(() => {
    const built = spawnSync('tsc', ['-b', 'examples/guarded-tools'], { cwd: root, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stdout + built.stderr);
  }, 120_000);

  it('reads a page and a file that are allowed, and is told why for the rest', { timeout: 60_000 }, async () => {
    const program = join(root, 'examples/guarded-tools/dist/main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, join(base, 'program')]);
    expect(stdout).toContain('<h1>A page</h1>');
    expect(stdout).toContain('a note');
    expect(stdout).not.toContain('not for agents');
    const codes = [...stdout.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, code]) => code);
    expect(codes).toEqual([
      'TOOL_FORBIDDEN',
      'SSRF_BLOCKED',
      'SSRF_BLOCKED',
      'PATH_BLOCKED',
      'TOOL_FORBIDDEN',
      'TOOL_FORBIDDEN',
    ]);
    expect(stdout).toMatch(/deny guest read_file/);
    expect(readFileSync(join(base, 'program/notes/hello.txt'), 'utf8')).toBe('a note');
  });
});

interface Payload {
  readonly id: string;
  readonly class: string;
  readonly url: string;
  readonly path: string;
  readonly dns?: unknown;
  readonly redirect?: unknown;
  readonly expect: { readonly refuse?: boolean; readonly acceptCategories?: readonly string[] };
}

const DATA = join(root, '../shared/test-data/security');
const hasData = existsSync(DATA);
const list = (name: string): { readonly payloads: readonly Payload[]; readonly controls: readonly Payload[] } =>
  hasData
    ? (JSON.parse(readFileSync(join(DATA, `${name}.json`), 'utf8')) as ReturnType<typeof list>)
    : { payloads: [], controls: [] };

/** The lists as an agent would send them: through the registry of a whole orchestrator, to the tools as they are. */
describe.skipIf(!hasData)('the shared lists against a whole orchestrator (needs ../shared/test-data)', () => {
  const folder = join(base, 'files');
  let orchestrator: MasterOrchestrator;
  let sockets = 0;
  const count = (): void => void (sockets += 1);

  beforeAll(async () => {
    makeFolder(folder);
    orchestrator = await createOrchestrator({
      plugins: [filesToolsPlugin({ roots: [join(folder, 'root')] }), webToolsPlugin()],
    });
    for (const tool of ['http_request', 'read_file', 'write_file'])
      await orchestrator.grantToolAccess({ tool, to: { agent: 'agent' } });
  });
  afterAll(() => orchestrator.shutdown());
  beforeEach(() => subscribe('net.client.socket', count));
  afterEach(() => unsubscribe('net.client.socket', count));

  const call = (tool: string, args: object): Promise<unknown> =>
    orchestrator.tools.executeTool(tool, 'agent', args).then(
      ({ text }) => text,
      (error: unknown) => error,
    );

  // Names are looked up by no test that reaches the network: they have tests beside the guard.
  const literal = list('ssrf').payloads.filter(
    ({ url, dns, redirect, class: kind }) =>
      dns === undefined && redirect === undefined && kind !== 'header' && needsNoLookUp(url),
  );
  it.each(literal)('opens no socket for $id $class $url', async ({ url, expect: { acceptCategories = [] } }) => {
    sockets = 0;
    const answer = await call('http_request', { url });
    expect(sockets).toBe(0);
    expect(acceptCategories).toContain((answer as { readonly category?: string }).category);
  });

  // Before the others: a path such as ".../x" makes a folder of the name "...".
  it.each(list('path-traversal').controls)('allows $path', async ({ path }) => {
    expect(await call('write_file', { path, content: 'fine', overwrite: true })).toBeTypeOf('string');
    expect(await call('read_file', { path })).toContain('fine');
  });

  const paths = list('path-traversal').payloads.filter(({ class: kind }) => kind !== 'race');
  it.each(paths)('keeps to the folder for $id $class $path', async ({ path }) => {
    const before = outside(folder);
    for (const answer of [
      await call('read_file', { path }),
      await call('write_file', { path, content: 'x', overwrite: true }),
    ]) {
      expect(String(answer)).not.toContain(CANARY);
      if (typeof answer !== 'string') expect(answer).toHaveProperty('category');
    }
    expect(outside(folder)).toBe(before);
  });
});

function needsNoLookUp(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { hostname, protocol } = new URL(url);
  return !protocol.startsWith('http') || isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0;
}

/** A root with ways out of it, and a folder beside it that nobody may see or change. */
function makeFolder(folder: string): void {
  for (const name of ['root/a/b', 'root/..foo', 'OUTSIDE', 'root-evil'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['OUTSIDE', 'root-evil']) writeFileSync(join(folder, name, 'secret.txt'), CANARY);
  writeFileSync(join(folder, 'root/safe.txt'), 'inside');
  const links = {
    'link-file': '../OUTSIDE/secret.txt',
    'link-dir': '../OUTSIDE',
    'link-abs': '/etc',
    chain1: 'chain2',
    chain2: '../OUTSIDE',
    loop: 'loop',
    'link-root': '/',
    dangling: '../OUTSIDE/new.txt',
    'link-proc': '/proc/self',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, 'root', name));
  linkSync(join(folder, 'OUTSIDE/secret.txt'), join(folder, 'root/hard'));
}

function outside(folder: string): string {
  return ['OUTSIDE', 'root-evil']
    .flatMap((name) =>
      readdirSync(join(folder, name)).map((file) => `${file}=${readFileSync(join(folder, name, file), 'utf8')}`),
    )
    .concat(readdirSync(folder).toSorted())
    .join('\n');
}
