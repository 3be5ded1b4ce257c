import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES, exitCodeOf } from '../src/index.js';
import { cleanEnvironment } from './helpers/environment.js';
import { folderWith } from './helpers/folder.js';
import { runMao, startMao } from './helpers/spawn-mao.js';

describe('the process', () => {
  it('asks nothing and ends with stdin closed', async () => {
    const ended = await runMao(['init'], { cwd: folderWith() });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect((await runMao(['run'], { cwd: folderWith() })).code).toBe(2);
  });

  it('ends by itself after its last work', async () => {
    const run = startMao(['run', '--json', 'What is the mean of 3, 4 and 8?'], { cwd: folderWith() });
    await run.until(/"status":"completed".*\n/);
    expect((await run.ended).code).toBe(0);
  });

  it('ends quietly where the reader of its output goes away', async () => {
    const main = join(import.meta.dirname, '../dist/main.js');
    const shell = spawn('sh', ['-c', `'${process.execPath}' '${main}' tools | head -n 1; echo done`], {
      cwd: folderWith(),
      env: cleanEnvironment(),
    });
    let [stdout, stderr] = ['', ''];
    shell.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    shell.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await new Promise((resolve) => shell.on('close', resolve));
    expect(stdout).toMatch(/^NAME .+\ndone\n$/);
    expect(stderr).not.toContain('EPIPE');
  });

  it('loads nothing but the parser for its help', async () => {
    const loaded = await loadedBy(['--help']);
    expect(
      loaded.filter((file) => /\/(core|server|factory|fastify|pino|zod|rxjs|yaml|openai|@clack)\//.test(file)),
    ).toEqual([]);
    expect(loaded.some((file) => file.includes('/commander/'))).toBe(true);
  });
});

describe('exit codes', () => {
  it('follow from the code of the error', () => {
    expect(
      [
        'USAGE_INVALID',
        'CONFIG_INVALID',
        'CREDENTIAL_MISSING',
        'CONNECTION_FAILED',
        'CANCELLED',
        'BUDGET_LIMIT',
        'NEVER_HEARD_OF',
      ].map((code) => exitCodeOf(code)),
    ).toEqual([2, 3, 4, 5, 130, 1, 1]);
    expect(exitCodeOf('STARTUP_FAILED', true)).toBe(EXIT_CODES.occupied);
  });
});

/** Files that a command line imports, as a loader hook sees them. */
async function loadedBy(argv: readonly string[]): Promise<string[]> {
  const cwd = folderWith({
    'hook.mjs': `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { if (url.startsWith('file:')) process.stderr.write('loaded ' + url + '\\n'); return next(url, context); } });
`,
  });
  const main = join(import.meta.dirname, '../dist/main.js');
  const child = spawn(process.execPath, ['--import', './hook.mjs', main, ...argv], { cwd, env: cleanEnvironment() });
  let stderr = '';
  child.stdout.resume();
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return [...stderr.matchAll(/^loaded (.+)$/gm)].map(([, file = '']) => file);
}
