// Runs the examples one after the other, each in an empty folder: one line each. With names: those, with all they print.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const USAGE = 'Usage: npm run examples -- [name…] [--list]';
/** Longest time of one example, in milliseconds. */
const TIME_LIMIT_MS = 180_000;

const { values, positionals } = readArguments();
const examples = readdirSync(join(root, 'examples'))
  .filter((name) => existsSync(join(root, 'examples', name, 'src/main.ts')))
  .map((name) => {
    const { description } = JSON.parse(readFileSync(join(root, 'examples', name, 'package.json'), 'utf8'));
    return { name, description };
  });
const unknown = positionals.filter((name) => !examples.some((each) => each.name === name));
if (unknown.length > 0) usage(`There is no example ${unknown.join(', ')}. See npm run examples -- --list.`);
const width = Math.max(...examples.map(({ name }) => name.length));

if (values.list) for (const { name, description } of examples) console.log(`${name.padEnd(width)}  ${description}`);
else
  process.exitCode = await runAll(
    examples.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
  );

async function runAll(chosen) {
  const built = spawnSync('tsc', ['-b', ...chosen.map(({ name }) => `examples/${name}`)], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (built.status !== 0) return 1;
  let failed = 0;
  for (const { name, description } of chosen) {
    const startedAt = performance.now();
    const { code, output } = await run(name);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5);
    if (positionals.length > 0 || code !== 0) console.log(output.trimEnd());
    console.log(
      `${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(width)} ${seconds} s  ${code === 0 ? description : `exit code ${code}`}`,
    );
    if (code !== 0) failed += 1;
  }
  console.log(failed === 0 ? `All ${chosen.length} ran well.` : `${failed} of ${chosen.length} examples failed.`);
  return failed === 0 ? 0 : 1;
}

function run(name) {
  const folder = mkdtempSync(join(tmpdir(), `example-${name}-`));
  const main = join(root, 'examples', name, 'dist/main.js');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      resolve({ code: code ?? signal, output });
    });
  });
}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { list: { type: 'boolean', default: false } } });
  } catch (error) {
    return usage(error.message);
  }
}

function usage(message) {
  console.error(`${message}\n${USAGE}`);
  process.exit(2);
}
