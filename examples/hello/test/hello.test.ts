import { refusedOrigin, startOpenAIServer, type ScriptedAnswer } from '@master-orchestrator/testing';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'hello-'));

beforeAll(() => {
  const built = spawnSync('tsc', ['-b', 'examples/hello'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout + built.stderr);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the example as a person would, with nothing configured but what is given. */
function hello(
  args: readonly string[],
  env: Record<string, string> = {},
  during?: (child: ReturnType<typeof spawn>, text: string) => void,
): Promise<Ended> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(OPENAI|MAO|DEFAULT_MODEL)/.test(key)),
  );
  const child = spawn(
    process.execPath,
    [join(root, 'examples/hello/dist/main.js'), '--out', join(folder, 'reports'), ...args],
    {
      cwd: folder,
      env: { ...inherited, ...env, HOME: folder, XDG_CONFIG_HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return new Promise((resolve) => {
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      during?.(child, out);
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

describe('with no key', () => {
  it('analyses the dataset, says who answered, and writes the report', async () => {
    const { code, out } = await hello([]);
    expect(code).toBe(0);
    expect(out).toMatch(/offline/);
    expect(out).toMatch(/calculate_metrics/);
    expect(out).toMatch(/mean 3\b/);
    const reports = [...out.matchAll(/^Report: (.*)$/gm)].map(([, file]) => file ?? '');
    expect(reports.some((file) => file.endsWith('.md'))).toBe(true);
    const html = reports.find((file) => file.endsWith('.html')) ?? '';
    expect(readFileSync(html, 'utf8')).toContain('<svg');
  });

  it('shows more than one agent at work', async () => {
    const { out } = await hello([]);
    const agents = new Set([...out.matchAll(/agent (\S+) starts/g)].map(([, name]) => name));
    expect(agents.size).toBeGreaterThan(1);
  });

  it('gives the right figures for other numbers, in the answer and in the report', async () => {
    const { code, out } = await hello(['Analyze the dataset [3, 1, 4, 1, 5, 9, 2, 6] and generate a report', '--json']);
    expect(code).toBe(0);
    const { text, files, status } = JSON.parse(out) as { text: string; files: string[]; status: string };
    expect(status).toBe('completed');
    for (const figure of ['3.875', '3.5', '2.748', '2.570', '1.75', '5.25']) expect(text).toContain(figure);
    const markdown = readFileSync(files.find((file) => file.endsWith('.md')) ?? '', 'utf8');
    for (const word of ['3.875', '2.748', '2.570', '1.75', '5.25']) expect(markdown).toContain(word);
  });

  it('analyses both columns of a file and their correlation', async () => {
    const file = join(folder, 'data.csv');
    writeFileSync(file, 'hours,score\n1,52\n2,58\n3,61\n4,70\n5,74\n');
    const { code, out } = await hello(['--file', file, '--json']);
    expect(code).toBe(0);
    const { text } = JSON.parse(out) as { text: string };
    expect(text).toMatch(/hours/);
    expect(text).toMatch(/score/);
    expect(text).toMatch(/correlation[^\n]*0\.98/i);
  });

  it('takes JSON too', async () => {
    const file = join(folder, 'data.json');
    writeFileSync(
      file,
      JSON.stringify([
        { a: 1, b: 10 },
        { a: 2, b: 8 },
        { a: 3, b: 7 },
        { a: 4, b: 3 },
      ]),
    );
    const { code, out } = await hello(['-f', file]);
    expect(code).toBe(0);
    expect(out).toMatch(/correlation[^\n]*-0\.9/i);
  });

  it('says what is missing where there is no data, and invents none', async () => {
    const { code, out } = await hello(['Analyze our sales and generate a report']);
    expect(code).toBe(0);
    expect(out).toMatch(/no numbers|data|missing/i);
    expect(out).not.toMatch(/mean \d/);
    expect(out).not.toContain('Report: ');
  });
});

describe('bad input', () => {
  it.each([
    ['a file that does not exist', ['--file', 'nope.csv'], 2, /FILE_INVALID[^\n]*does not exist/],
    ['a folder', ['--file', '.'], 2, /FILE_INVALID[^\n]*folder/],
    ['an unknown flag', ['--fiel', 'x'], 2, /--fiel/],
  ])('%s gets one clear message and no stack', async (_what, args, code, message) => {
    const ended = await hello(args);
    expect(ended.code).toBe(code);
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toMatch(/^\s+at /m);
  });

  it('says so where a file holds no numbers', async () => {
    const file = join(folder, 'words.csv');
    writeFileSync(file, 'name,colour\nAda,blue\n');
    const { code, err } = await hello(['--file', file]);
    expect(code).toBe(2);
    expect(err).toMatch(/FILE_INVALID \(VALIDATION_ERROR\).*no numbers/);
  });

  it.each([
    ['cut.json', '{"values": [1, 2', /FILE_INVALID \(VALIDATION_ERROR\).*no valid JSON/],
    ['image.csv', '\u0089PNG\0\u0001 12', /FILE_INVALID \(VALIDATION_ERROR\).*no text/],
  ])('refuses %s instead of analysing what can be guessed of it', async (name, content, message) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    const { code, err } = await hello(['--file', file]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('shows the stack with --debug', async () => {
    const { err } = await hello(['--file', 'nope.csv', '--debug']);
    expect(err).toMatch(/^\s+at /m);
  });

  it('says in JSON what went wrong, and nothing else on stdout', async () => {
    const { code, out } = await hello(['--file', 'nope.csv', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'FILE_INVALID', category: 'VALIDATION_ERROR' } });
  });

  it('names the line and column of a broken configuration file', async () => {
    const file = join(folder, 'mao.config.yaml');
    writeFileSync(file, 'maxConcurrentAgents: many\nmodles: {}\n');
    try {
      const { code, err } = await hello([]);
      expect(code).toBe(3);
      expect(err).toMatch(/maxConcurrentAgents/);
      expect(err).toMatch(/models/);
    } finally {
      rmSync(file);
    }
  });
});

describe.each(['responses', 'chat'] as const)('with a model that speaks the %s API', (api) => {
  const env = (url: string, key = 'sk-test-key-1234') => ({
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: url,
    MAO_MODELS__OPENAI__API: api,
  });
  const script = (): ScriptedAnswer[] => [
    {
      toolCalls: [
        { name: 'calculate_metrics', arguments: { data: [1, 2, 3] } },
        { name: 'calculate_metrics', arguments: { data: [4, 5, 6] } },
      ],
    },
    { text: 'Both lists have a standard deviation of 1.' },
  ];

  it('runs the same program, with parallel tool calls', async () => {
    await using server = await startOpenAIServer({ script: script(), apiKey: 'sk-test-key-1234' });
    const { code, out, err } = await hello(['Compare [1,2,3] and [4,5,6]'], env(server.url));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('Both lists have a standard deviation of 1.');
    expect(out.match(/tool {3}calculate_metrics/g)).toHaveLength(2);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]?.path).toContain(api === 'chat' ? 'chat/completions' : 'responses');
    server.assertDone();
  });

  it('says so when the key is wrong, without the key, and does not try again', async () => {
    await using server = await startOpenAIServer({ script: [], apiKey: 'sk-right-key' });
    const { code, err } = await hello([], env(server.url, 'sk-wrong-secret-9876'));
    expect(code).toBe(4);
    expect(err).toMatch(/CREDENTIAL_REJECTED/);
    expect(err).toContain('401');
    expect(err).not.toContain('wrong-secret');
    expect(server.requests.length).toBeLessThanOrEqual(1);
  });
});

it('says so when no model can be reached', async () => {
  const origin = await refusedOrigin();
  const { code, err } = await hello([], {
    OPENAI_BASE_URL: `${origin}/v1`,
    OPENAI_API_KEY: 'sk-x',
    MAO_RECOVERY__RETRY_MAX_ATTEMPTS: '2',
  });
  expect(code).toBe(5);
  expect(err).toMatch(/CONNECTION_FAILED|NETWORK_ERROR/);
});

it('cancels on Ctrl-C, says so, and ends with 130', async () => {
  await using server = await startOpenAIServer({ script: () => ({ text: 'too late', delayMs: 60_000 }) });
  let isSent = false;
  const { code, err } = await hello([], { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-x' }, (child, text) => {
    if (isSent || !text.includes('starts on')) return;
    isSent = true;
    child.kill('SIGINT');
  });
  expect(code).toBe(130);
  expect(err).toMatch(/Cancelled/);
});
