// Packs every package, checks the packages, installs them in a clean folder, type-checks and imports them there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docsProblems } from './installed-docs.mjs';
import { bytesOf, installScriptsOf, licenceOf, neededBy } from './installed-packages.mjs';

const root = join(import.meta.dirname, '..');
/** Bytes and packages that installing `core` with all it needs may take. */
const CORE_BUDGET = { bytes: 16_000_000, packages: 40 };
/** At most so much of each package: KiB of its tarball, and packages that are installed with it, itself included. */
const BUDGETS = {
  cli: [135, 159],
  config: [80, 9],
  contracts: [70, 7],
  core: [240, 17],
  'create-plugin': [30, 9],
  errors: [130, 1],
  factory: [40, 18],
  server: [100, 87],
  testing: [170, 10],
  tools: [95, 10],
  'engine-dbos': [110, 35],
  'engine-sqlite': [80, 8],
  'metrics-prometheus': [30, 12],
  'model-offline': [135, 8],
  'model-openai': [65, 10],
  'prices-openai': [15, 8],
  'recovery-standard': [20, 8],
  'telemetry-otel': [35, 18],
  'templates-data': [20, 8],
  'templates-development': [25, 8],
  'tools-analysis': [40, 10],
  'tools-data': [25, 10],
  'tools-files': [25, 8],
  'tools-reporting': [45, 26],
  'tools-web': [25, 8],
};
/** Licences that let anybody use what is installed. */
const LICENCES =
  /^\(?(MIT|MIT-0|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|Python-2\.0|PSF-2\.0)\b/;
/** Bytes that installing `core` and `model-openai` may take. */
const OPENAI_BUDGET = 40_000_000;

const folder = mkdtempSync(join(tmpdir(), 'pack-check-'));
try {
  const packages = ['packages', 'plugins'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  const tarballs = packages.map(pack);
  checkPackages(tarballs);
  checkCoreAlone(tarballs);
  checkWithOpenAI(tarballs);
  checkAll(tarballs);
  checkThirdParty(tarballs);
  checkScaffolds(tarballs);
  checkNewProjects(tarballs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const out = run('pnpm', ['pack', '--pack-destination', folder, '--json'], directory);
  const parsed = JSON.parse(out.slice(out.indexOf('{'), out.lastIndexOf('}') + 1));
  const file = parsed.filename.startsWith('/') ? parsed.filename : join(folder, parsed.filename);
  checkContents(
    manifest.name,
    parsed.files.map(({ path }) => path),
  );
  return { name: manifest.name, version: manifest.version, file };
}

/** What it is, what may be done with it, and nothing that is only of use here. */
function checkContents(name, paths) {
  for (const wanted of ['package.json', 'README.md', 'LICENSE']) {
    if (!paths.includes(wanted)) fail(`${name}: ${wanted} is not in the tarball`);
  }
  const odd = paths.filter((path) => /^(src|test|node_modules)\/|\.tsbuildinfo$|(^|\/)\.(env|npmrc)/.test(path));
  if (odd.length > 0) fail(`${name}: the tarball holds ${odd.join(', ')}`);
}

function checkPackages(tarballs) {
  for (const { name, file } of tarballs) {
    run('publint', [file, '--strict']);
    run('attw', [file, '--profile', 'esm-only', '--no-emoji']);
    console.log(`${name}: publint and attw are content`);
  }
}

/** `core` with its own workspace dependencies, and nothing else. */
function checkCoreAlone(tarballs) {
  const wanted = ['errors', 'contracts', 'config', 'tools', 'core'].map((name) => `@master-orchestrator/${name}`);
  const project = install(
    'core-alone',
    tarballs.filter(({ name }) => wanted.includes(name)),
  );
  const { bytes, packages } = measure(join(project, 'node_modules'));
  console.log(
    `core with all it needs: ${(bytes / 1e6).toFixed(1)} MB in ${packages} packages (at most ${CORE_BUDGET.bytes / 1e6} MB, ${CORE_BUDGET.packages})`,
  );
  if (bytes > CORE_BUDGET.bytes || packages > CORE_BUDGET.packages) fail('core is over its budget');
  importAll(project, ['@master-orchestrator/core']);
}

/** With `model-openai` and without the optional tokenizer, which is named where it is missed. */
function checkWithOpenAI(tarballs) {
  const wanted = ['errors', 'contracts', 'config', 'tools', 'core', 'model-openai'].map(
    (name) => `@master-orchestrator/${name}`,
  );
  const project = install(
    'core-and-openai',
    tarballs.filter(({ name }) => wanted.includes(name)),
  );
  const { bytes, packages } = measure(join(project, 'node_modules'));
  console.log(
    `core and model-openai: ${(bytes / 1e6).toFixed(1)} MB in ${packages} packages (at most ${OPENAI_BUDGET / 1e6} MB)`,
  );
  if (bytes > OPENAI_BUDGET) fail('core and model-openai are over their budget');
  const program = `
import { createOpenAIProvider } from '@master-orchestrator/model-openai';
const notes = [];
const provider = createOpenAIProvider({ apiKey: 'none', onNote: (message) => notes.push(message) });
const items = [{ type: 'message', role: 'user', content: 'How many tokens are these?' }];
for (let n = 0; n < 2; n += 1) {
  const tokens = await provider.countTokens({ model: 'gpt-4o', items, tools: [], settings: {} });
  if (!(tokens > 3)) throw new Error('no estimate: ' + tokens);
}
if (notes.length !== 1 || !notes[0].includes('npm install tiktoken')) throw new Error('told: ' + JSON.stringify(notes));`;
  writeFileSync(join(project, 'count.mjs'), program);
  run('node', ['count.mjs'], project);
}

function checkAll(tarballs) {
  const project = install('all', tarballs);
  const names = tarballs.map(({ name }) => name);
  checkBudgets(project, tarballs);
  checkDocs(project, tarballs);
  writeFileSync(
    join(project, 'all.ts'),
    names.map((name, index) => `export * as package${index} from '${name}';`).join('\n'),
  );
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['all.ts'] }));
  run('tsc', ['-p', 'tsconfig.json'], project);
  importAll(project, names);
  console.log(`${names.length} packages installed from their tarballs, type-checked without skipLibCheck, imported`);
}

/** Prints a line for each package and fails where one is over its budget, has a strange licence or runs a script. */
function checkBudgets(project, tarballs) {
  const problems = [];
  for (const { name, version, file } of tarballs) {
    const short = name.replace('@master-orchestrator/', '');
    const needed = neededBy(project, name);
    const kib = Math.ceil(statSync(file).size / 1024);
    const megabytes = needed.reduce((sum, { directory }) => sum + bytesOf(directory), 0) / 1e6;
    const [mostKib, mostPackages] = BUDGETS[short] ?? [0, 0];
    console.log(
      `${`${short} ${version}`.padEnd(30)} ${kib} of ${mostKib} KiB packed, ${needed.length} of ${mostPackages} packages, ${megabytes.toFixed(1)} MB installed`,
    );
    if (kib > mostKib || needed.length > mostPackages) problems.push(`${name} is over its budget`);
    for (const { manifest } of needed) {
      if (!LICENCES.test(licenceOf(manifest))) problems.push(`${manifest.name} has the licence ${licenceOf(manifest)}`);
      const scripts = installScriptsOf(manifest);
      if (scripts.length > 0)
        problems.push(`${manifest.name}, needed by ${name}, has the script ${scripts.join(', ')}`);
    }
  }
  if (problems.length > 0) fail([...new Set(problems)].join('\n'));
}

/** Each package brings the documentation of its version, and no link in it leads nowhere. */
function checkDocs(project, tarballs) {
  const problems = tarballs.flatMap(({ name }) => docsProblems(join(project, 'node_modules', name)));
  if (problems.length > 0) fail(problems.join('\n'));
  console.log(`${tarballs.length} packages bring their documentation; all links in it lead somewhere`);
}

/** A plugin that somebody else wrote and packed, in a project of its own beside the packages: found, listed and used. */
function checkThirdParty(tarballs) {
  const author = join(folder, 'mao-plugin-greetings');
  mkdirSync(author);
  const manifest = {
    name: 'mao-plugin-greetings',
    version: '1.2.3',
    type: 'module',
    license: 'MIT',
    keywords: ['mao-plugin'],
    exports: './index.js',
    files: ['index.js'],
    mao: { plugin: './index.js#greetingsPlugin', contract: 'v1', permissions: [] },
    peerDependencies: {
      '@master-orchestrator/contracts': rangeOf(tarballs, 'contracts'),
      '@master-orchestrator/errors': rangeOf(tarballs, 'errors'),
      zod: '^4',
    },
  };
  writeFileSync(join(author, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(author, 'index.js'),
    `import { defineTemplate, defineTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
const greet = defineTool({ name: 'greet', description: 'Greets a person by name.', inputSchema: z.object({ name: z.string() }), accessLevel: 'public', effect: 'pure', execute: async ({ name }) => ({ greeting: 'Hello ' + name }) });
const greeter = defineTemplate({ name: 'greeter', description: 'Greets people.', parameters: z.object({ style: z.string().default('plain') }), build: ({ style }) => ({ name: style + '-greeter', instructions: 'Greet.', tools: ['greet'] }) });
export const greetingToolsPlugin = () => ({ specificationVersion: 'v1', name: 'mao-plugin-greetings', version: '1.2.3', contributes: { tools: [greet] } });
export const greetingsPlugin = () => ({ specificationVersion: 'v1', name: 'mao-plugin-greetings', version: '1.2.3', contributes: { tools: [greet], templates: [greeter] } });`,
  );
  run('npm', ['pack', '--pack-destination', folder], author);
  const wanted = ['errors', 'contracts', 'config', 'tools', 'core', 'factory', 'model-offline'].map(
    (name) => `@master-orchestrator/${name}`,
  );
  const theirs = { name: manifest.name, file: join(folder, 'mao-plugin-greetings-1.2.3.tgz') };
  const project = install('third-party', [...tarballs.filter(({ name }) => wanted.includes(name)), theirs]);
  const program = `
import { createOrchestrator, isolatedPlugin } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { greetingsPlugin } from 'mao-plugin-greetings';
const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), greetingsPlugin()] });
const factory = new AgentFactory(orchestrator);
const view = factory.listTemplates().find(({ name }) => name === 'greeter');
if (view?.plugin !== 'mao-plugin-greetings') throw new Error('the template is not listed');
const agentId = await factory.createAgent('greeter', { style: 'warm' });
const taskId = await orchestrator.createTask({ description: 'Greet a person with the name "Ada"', agentId });
const { text } = await orchestrator.executeTask(taskId);
if (!text.includes('Hello Ada')) throw new Error('the tool was not used: ' + text);
await orchestrator.shutdown();
const module = new URL(import.meta.resolve('mao-plugin-greetings'));
const apart = await createOrchestrator({ plugins: [offlineModelPlugin(), await isolatedPlugin({ module, factory: 'greetingToolsPlugin' })] });
const { output, error } = await apart.tools.executeTool('greet', 'somebody', { name: 'Bob' });
if (output?.greeting !== 'Hello Bob') throw new Error('the tool in a process of its own gave ' + JSON.stringify(output ?? error));
await apart.shutdown();`;
  writeFileSync(join(project, 'use.mjs'), program);
  run('node', ['use.mjs'], project);
  console.log(
    'a plugin packed by somebody else was installed beside the packages, found and used, in the same process and in one of its own',
  );
}

/** What `npm create @master-orchestrator/plugin` writes builds, lints, passes its own tests and can be packed, for every kind. */
function checkScaffolds(tarballs) {
  const tools = ['vitest', 'typescript', '@types/node', 'rxjs', 'zod'].map((name) => ({
    file: `${name}@${catalogOf(name)}`,
  }));
  const project = install('scaffolds', [...tarballs, ...tools]);
  for (const kind of ['tools', 'template', 'recovery', 'model', 'engine']) {
    const place = join(project, kind);
    const main = 'node_modules/@master-orchestrator/create-plugin/dist/main.js';
    run('node', [main, kind, '--kind', kind, '--name', `sample-${kind}`], project);
    run('tsc', ['-p', 'tsconfig.check.json', '--noEmit'], place);
    run('tsc', [], place);
    run('oxlint', ['--deny-warnings'], place);
    run('node', ['../node_modules/vitest/vitest.mjs', 'run'], place);
    run('node', ['examples/use.mjs'], place);
    run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], place);
    console.log(`a new plugin of the kind ${kind} builds, lints, passes its tests, runs its example and was packed`);
  }
  useScaffold(tarballs);
}

/** The tool plugin that was just packed is installed into another project and called under the host's guard. */
function useScaffold(tarballs) {
  const core = ['errors', 'contracts', 'config', 'tools', 'core', 'testing'].map(
    (name) => `@master-orchestrator/${name}`,
  );
  const theirs = { file: join(folder, 'mao-plugin-sample-tools-0.1.0.tgz') };
  const project = install('uses-scaffold', [...tarballs.filter(({ name }) => core.includes(name)), theirs]);
  const program = `
import { createOrchestrator } from '@master-orchestrator/core';
import { startJsonServer } from '@master-orchestrator/testing';
import { sampleToolsToolsPlugin } from 'mao-plugin-sample-tools';
await using service = await startJsonServer(() => [200, { text: 'known' }]);
const config = { tools: { allowPrivateHosts: [new URL(service.url).host] } };
const orchestrator = await createOrchestrator({ config, plugins: [sampleToolsToolsPlugin({ baseUrl: service.url })] });
await orchestrator.grantToolAccess({ tool: 'sample_tools_lookup', to: { agent: 'a' } });
const { output, error } = await orchestrator.tools.executeTool('sample_tools_lookup', 'a', { name: 'x' });
if (output?.text !== 'known') throw new Error('the tool gave ' + JSON.stringify(output ?? error));
await orchestrator.shutdown();`;
  writeFileSync(
    join(project, 'use.mjs'),
    `${program.replace('await using service', 'const service')}\nawait service[Symbol.asyncDispose]();`,
  );
  run('node', ['use.mjs'], project);
  console.log('the new tool plugin was installed into another project and its tool called');
}

/** Version of a library, as the workspace has it. */
function catalogOf(name) {
  const found = new RegExp(`^  '?${name}'?: (.+)$`, 'm').exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'));
  return found?.[1] ?? 'latest';
}

/** Each template of `mao init`, made by the packed command, installed from the tarballs, checked, tested and started. */
function checkNewProjects(tarballs) {
  const maker = join(folder, 'all', 'node_modules', '.bin', 'mao');
  const starts = {
    assistant: [
      ['npm', 'run', 'check'],
      ['npm', 'start'],
    ],
    team: [
      ['npm', 'run', 'check'],
      ['npm', 'start'],
    ],
    program: [
      ['npm', 'test'],
      ['npm', 'start'],
    ],
    service: [['npm', 'run', 'check']],
  };
  for (const [template, commands] of Object.entries(starts)) {
    const project = join(folder, `new-${template}`);
    run(maker, ['init', project, '--template', template]);
    installInto(project, tarballs);
    for (const [command, ...args] of commands) run(command, args, project);
  }
  const service = join(folder, 'new-service');
  const server = spawnSync(join(service, 'node_modules/.bin/mao'), ['serve', '--port', '0'], {
    cwd: service,
    encoding: 'utf8',
    timeout: 8_000,
  });
  if (!server.stdout.includes('ready in') || server.status !== 0)
    fail(`the new service did not start and stop in order\n${server.stdout}${server.stderr}`);
  console.log(`${Object.keys(starts).length} new projects made, installed, checked, tested and started`);
}

function rangeOf(tarballs, name) {
  return `^${tarballs.find((each) => each.name === `@master-orchestrator/${name}`).version}`;
}

function install(name, tarballs) {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  return installInto(project, tarballs);
}

function installInto(project, tarballs) {
  const out = run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs.map(({ file }) => file)],
    project,
  );
  const complaint = /warn.*peer|ERESOLVE|install script/i.exec(out.replaceAll(/npm warn Unknown .*config.*/g, ''));
  if (complaint) fail(`npm complains while installing ${project}: ${complaint[0]}`);
  return project;
}

function importAll(project, names) {
  for (const name of names) run('node', ['--input-type=module', '-e', `await import('${name}')`], project);
}

function measure(directory) {
  let bytes = 0;
  let packages = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += statSync(path).size;
    if (entry.name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/]+$/.test(entry.parentPath)) packages += 1;
  }
  return { bytes, packages };
}

function run(command, args, cwd = root) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0)
    fail(`${command} ${args.join(' ')}\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
  return `${result.stdout}\n${result.stderr}`;
}

function fail(message) {
  throw new Error(message);
}
