import { startOpenAIServer } from '@master-orchestrator/testing';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwx9876';
const AGENT = 'instructions: You calculate what you are asked.\n';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly hint?: string;
}

/** A set-up with one fault in it. */
interface SetUp {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly nodeVersion?: string;
  readonly prepare?: (cwd: string) => void;
}

interface Fault {
  readonly what: string;
  readonly setUp: () => SetUp | Promise<SetUp>;
  readonly check: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** @default 'fail' */ readonly status?: 'warn';
}

/** A server of the test on loopback. */
async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const answering = async (listener: RequestListener): Promise<SetUp> => ({
  env: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `http://127.0.0.1:${await serve(listener)}/v1` },
});

const models = (ids: readonly string[]) => JSON.stringify({ object: 'list', data: ids.map((id) => ({ id })) });

const ourPackage = (folder: string, version: string): Record<string, string> => ({
  [`${folder}/package.json`]: JSON.stringify({ name: '@master-orchestrator/core', version }),
});

const FAULTS: readonly Fault[] = [
  {
    what: 'YAML that cannot be read',
    setUp: () => ({ files: { 'mao.config.yaml': 'server: [\n' } }),
    check: 'config',
    message: /mao\.config\.yaml:2:1/,
    hint: /./,
  },
  {
    what: 'a misspelt setting',
    setUp: () => ({ files: { 'mao.config.yaml': 'servr: { port: 1 }\n' } }),
    check: 'config',
    message: /:1:1: servr is not a setting/,
    hint: /"server"/,
  },
  {
    what: 'a value out of range',
    setUp: () => ({ env: { MAO_PORT: '99999' } }),
    check: 'config',
    message: /99999/,
    hint: /65535/,
  },
  {
    what: 'an old Node.js',
    setUp: () => ({ nodeVersion: 'v20.20.2' }),
    check: 'node',
    message: /v20\.20\.2 is too old/,
    hint: /22\.13/,
  },
  {
    what: 'an untested Node.js',
    setUp: () => ({ nodeVersion: 'v23.1.0' }),
    check: 'node',
    message: /v23\.1\.0/,
    hint: /22, 24 or 26/,
    status: 'warn',
  },
  {
    what: 'certificates that are not checked',
    setUp: () => ({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }),
    check: 'environment',
    message: /turns the check of certificates off/,
    hint: /NODE_EXTRA_CA_CERTS/,
  },
  {
    what: 'a package in two versions',
    setUp: () => ({
      files: {
        ...ourPackage('node_modules/@master-orchestrator/core', '1.0.0'),
        ...ourPackage('node_modules/@master-orchestrator/core/node_modules/@master-orchestrator/core', '1.1.0'),
      },
    }),
    check: 'packages',
    message: /core is installed in 2 versions: 1\.0\.0, 1\.1\.0/,
    hint: /npm dedupe/,
  },
  {
    what: 'an agent that wants a model without a key',
    setUp: () => ({ files: { 'agents/a/agent.yaml': `${AGENT}model: gpt-5\n` } }),
    check: 'key',
    message: /asked for by a \(gpt-5\)/,
    hint: /OPENAI_API_KEY/,
  },
  {
    what: 'a placeholder for a key',
    setUp: () => ({ env: { OPENAI_API_KEY: 'your-key-here' }, argv: ['--offline'] }),
    check: 'key',
    message: /placeholder/,
    hint: /Copy the key again/,
  },
  {
    what: 'production without a real model',
    setUp: () => ({ argv: ['--profile', 'production'] }),
    check: 'key',
    message: /production profile has no real model/,
    hint: /allowOfflineInProduction/,
  },
  {
    what: 'a key that is refused',
    setUp: async () => {
      const server = await startOpenAIServer({ apiKey: 'another' });
      onTestFinished(() => server.close());
      return { env: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url } };
    },
    check: 'endpoint',
    message: /refuses the key \S*9876 \(401\)/,
    hint: /Set a valid key/,
  },
  {
    what: 'an address where nothing listens',
    setUp: () => ({ env: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' } }),
    check: 'endpoint',
    message: /cannot be reached/,
    hint: /address, network, proxy/,
  },
  {
    what: 'an address of another service',
    setUp: () => answering((_, response) => void response.end('<html>Hello</html>')),
    check: 'endpoint',
    message: /no list of models/,
    hint: /another service/,
  },
  {
    what: 'a service that fails',
    setUp: () => answering((_, response) => void response.writeHead(500).end()),
    check: 'endpoint',
    message: /answers with 500/,
    hint: /Try again later/,
  },
  {
    what: 'a model that the service does not have',
    setUp: async () => {
      const { env } = await answering((_, response) => void response.end(models(['gpt-4o', 'gpt-4o-mini'])));
      return { env: { ...env, DEFAULT_MODEL: 'gpt-4oo' } };
    },
    check: 'model',
    message: /has no model "gpt-4oo"/,
    hint: /Did you mean "gpt-4o"/,
  },
  {
    what: 'a clock that is wrong',
    setUp: () =>
      answering(
        (_, response) => void response.writeHead(200, { date: 'Thu, 01 Jan 2026 00:00:00 GMT' }).end(models([])),
      ),
    check: 'clock',
    message: /clock is \d+ s away/,
    hint: /Set the clock/,
  },
  {
    what: 'a file where the data folder should be',
    setUp: () => ({ files: { '.mao': 'x' } }),
    check: 'data',
    message: /\.mao is a file/,
    hint: /engine\.dataDirectory/,
  },
  {
    what: 'a store that is no database',
    setUp: () => ({ files: { '.mao/mao.db': 'this is no database, however long it may be\n'.repeat(100) } }),
    check: 'store',
    message: /mao\.db/,
    hint: /./,
  },
  {
    what: 'a store in memory',
    setUp: () => ({ files: { 'mao.config.yaml': 'engine: { address: "memory:" }\n' } }),
    check: 'store',
    message: /nothing outlives its process/,
    hint: /engine\.address/,
    status: 'warn',
  },
  {
    what: 'a port that another program has',
    setUp: async () => ({
      env: { MAO_PORT: String(await serve((_, response) => void response.writeHead(404).end())) },
    }),
    check: 'port',
    message: /is taken by another program/,
    hint: /--port 0/,
  },
  {
    what: 'an address that is not of this machine',
    setUp: () => ({ files: { 'mao.config.yaml': 'server: { host: 192.0.2.1, auth: { enabled: true } }\n' } }),
    check: 'port',
    message: /192\.0\.2\.1:6260 cannot be listened on/,
    hint: /server\.host/,
  },
  {
    what: 'an address for all without keys',
    setUp: () => ({ files: { 'mao.config.yaml': 'server: { host: 0.0.0.0 }\n' } }),
    check: 'settings',
    message: /server\.host is "0\.0\.0\.0"/,
    hint: /server\.auth\.enabled/,
  },
  {
    what: 'a plugin that is not installed',
    setUp: () => ({ files: { 'mao.config.yaml': 'plugins: { mao-plugin-nowhere: {} }\n' } }),
    check: 'plugins',
    message: /mao-plugin-nowhere/,
    hint: /./,
  },
  {
    what: 'settings that a plugin does not know',
    setUp: () => ({
      files: { 'mao.config.yaml': 'plugins: { "@master-orchestrator/tools-web": { timeoutMss: 1 } }\n' },
    }),
    check: 'plugins',
    message: /timeoutMss/,
    hint: /./,
  },
  {
    what: 'a broken agent file',
    setUp: () => ({ files: { 'agents/a/agent.yaml': 'nam: a\n' } }),
    check: 'agents',
    message: /agent\.yaml:1:1: nam is not a field/,
    hint: /"name"/,
  },
  {
    what: 'an agent with a tool that is not there',
    setUp: () => ({ files: { 'agents/a/agent.yaml': `${AGENT}tools: [read_file]\n` } }),
    check: 'agents',
    message: /read_file/,
    hint: /mao plugins add @master-orchestrator\/tools-files/,
  },
  {
    what: 'a key in the configuration file',
    setUp: () => ({ files: { 'mao.config.yaml': `models: { openai: { apiKey: ${KEY} } }\n` }, argv: ['--offline'] }),
    check: 'secrets',
    message: /The key \S*9876 is written out in .+mao\.config\.yaml:1/,
    hint: /env:OPENAI_API_KEY/,
  },
  {
    what: 'a .env that git does not ignore',
    setUp: () => ({
      files: { '.env': `OPENAI_API_KEY=${KEY}\n` },
      argv: ['--offline'],
      prepare: (cwd) => mkdirSync(join(cwd, '.git')),
    }),
    check: 'secrets',
    message: /does not ignore it/,
    hint: /\.gitignore/,
  },
  {
    what: 'a .env that everybody may read',
    setUp: () => ({
      files: { '.env': `OPENAI_API_KEY=${KEY}\n` },
      argv: ['--offline'],
      prepare: (cwd) => chmodSync(join(cwd, '.env'), 0o644),
    }),
    check: 'secrets',
    message: /every user of this machine/,
    hint: /chmod 600/,
    status: 'warn',
  },
];

describe('mao doctor', () => {
  it('is content with an empty folder', async () => {
    const { code, stdout } = await mao(['doctor', '--set', 'server.port=0'], { cwd: folderWith() });
    expect(code).toBe(0);
    expect(stdout.trimEnd().endsWith('All is well.')).toBe(true);
  });

  it.each(FAULTS)('finds $what, and says how to mend it', async ({ setUp, check, message, hint, status = 'fail' }) => {
    const { files, env, argv = [], nodeVersion, prepare } = await setUp();
    const cwd = folderWith(files);
    prepare?.(cwd);
    const how = { cwd, ...(env === undefined ? {} : { env }), ...(nodeVersion === undefined ? {} : { nodeVersion }) };
    const ran = await mao(['doctor', '--json', ...argv], how);
    expectDocument('doctor', ran.json());
    const findings = ran.json()['findings'] as Finding[];
    const found = findings.find(
      (finding) => finding.status === status && finding.check === check && message.test(finding.message),
    );
    expect(found, JSON.stringify(findings, null, 1)).toBeDefined();
    expect(found?.hint).toMatch(hint);
    expect(ran.code).toBe(findings.some((finding) => finding.status === 'fail') ? 1 : 0);
    if (status === 'fail') expect(ran.code).toBe(1);
    expect(ran.stdout + ran.stderr).not.toContain('x9876');
  });

  it('looks at what it can with a configuration that cannot be read, and says that the rest is left out', async () => {
    const { code, stdout, stderr } = await mao(['doctor'], { cwd: folderWith({ 'mao.config.yaml': 'server: [\n' }) });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok {4}node /m);
    expect(stdout).toMatch(/^fail {2}config /m);
    expect(stdout).toContain('1 failure, 0 warnings.');
    expect(stderr).toContain('mend it first');
  });

  it('finds several faults at once', async () => {
    const cwd = folderWith({
      'mao.config.yaml': 'plugins: { mao-plugin-nowhere: {} }\n',
      'agents/a/agent.yaml': 'nam: a\n',
    });
    writeFileSync(join(cwd, '.mao'), '');
    const { code, stdout } = await mao(['doctor'], { cwd });
    expect(code).toBe(1);
    for (const check of ['plugins', 'agents', 'data']) expect(stdout).toMatch(new RegExp(`^fail {2}${check} `, 'm'));
  });
});
