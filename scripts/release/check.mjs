// Proof of publishing: everything is published to a registry on loopback, core and one tool plugin are installed from it
// and run; a plugin is scaffolded by the published create-plugin, tested, published and used; then core alone gets a new
// minor, and the plugins of before work with it. Nothing is published beyond this machine. Prints the time of each step.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRegistry } from './registry.mjs';
import { addChangeset, copyWorkspace, versionsOf, writeVersionsIntoDist } from './workspace-copy.mjs';

const CORE = '@master-orchestrator/core';
const PLUGIN = '@master-orchestrator/tools-data';
const CLI = '@master-orchestrator/cli';
/** A plugin of somebody else, made by the published create-plugin. */
const THEIRS = '@acme/mao-plugin-weather';
/** Packages that are compiled against core and so move with it. */
const MOVE_WITH_CORE = [CORE, 'cli', 'factory', 'server'].map((name) =>
  name.startsWith('@') ? name : `@master-orchestrator/${name}`,
);

const folder = mkdtempSync(join(tmpdir(), 'release-check-'));
const copy = join(folder, 'workspace');
const registry = await startRegistry(folder);
try {
  await step('copy the workspace', prepare);
  const first = await step('publish all that waits', () => release('all that waits'));
  const project = await step('install core and a tool plugin', () => installIn('user', [CORE, PLUGIN]));
  await step('run them', () => runIn(project, first));
  const author = await step('scaffold a plugin', scaffold);
  await step('install what it needs', () => npmInstall(author, [], ['--prefer-offline']));
  for (const script of ['build', 'test']) {
    await step(`npm run ${script} there`, () => run('npm', ['run', script], author));
  }
  await step('publish it', () => publishTheirs(author));
  await step('install it beside core', () => npmInstall(project, [THEIRS]));
  await step('use its tool', () => useTheirs(project));
  await step('turn it on with mao', () => turnOn(project));

  addChangeset(copy, { [CORE]: 'minor' }, 'A minor of core that no plugin knows of.');
  const second = await step('publish a minor of core', () => release('a minor of core'));
  expectOnlyCoreMoved(first, second);
  await step('take the minor over', () => npmInstall(project, [`${CORE}@latest`, `${CLI}@latest`]));
  await step('run all again', async () => {
    await runIn(project, second);
    await useTheirs(project);
  });
  const fresh = await step('install all anew', () => installIn('new-user', [CORE, PLUGIN, THEIRS]));
  await step('run all there', async () => {
    await runIn(fresh, second);
    await useTheirs(fresh);
  });
} finally {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
}

async function step(words, work) {
  const startedAt = performance.now();
  const result = await work();
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${words}`);
  return result;
}

async function prepare() {
  copyWorkspace(copy);
  writeFileSync(join(copy, '.npmrc'), registry.publishing);
  await git('init', '--quiet');
  await git('add', '.changeset', 'package.json');
  await git('commit', '--quiet', '--message', 'start');
}

/** Types what the README of create-plugin says. The cache is this check's own: it may hold another copy of the version. */
async function scaffold() {
  const place = join(folder, 'author');
  mkdirSync(place);
  writeFileSync(join(place, '.npmrc'), registry.installing);
  const env = { ...process.env, npm_config_cache: join(folder, 'npm-cache') };
  const words = ['create', '--yes', '@master-orchestrator/plugin@latest', 'weather', '--'];
  await run('npm', [...words, '--kind', 'tools', '--name', '@acme/weather'], place, env);
  writeFileSync(join(place, 'weather', '.npmrc'), registry.installing);
  return join(place, 'weather');
}

async function publishTheirs(author) {
  writeFileSync(join(author, '.npmrc'), `${registry.installing}${registry.publishing}`);
  const { stdout } = await run('npm', ['config', 'get', 'registry'], author);
  if (stdout.trim() !== registry.url)
    throw new Error(`npm would publish to ${stdout.trim()}: stopped before publishing`);
  await run('npm', ['publish', '--access', 'public'], author);
}

async function useTheirs(project) {
  writeFileSync(join(project, 'plugin.mjs'), readFileSync(join(import.meta.dirname, 'plugin-program.mjs'), 'utf8'));
  const { stdout } = await run('node', ['plugin.mjs', THEIRS], project);
  console.log(stdout.trim());
}

/** The command finds the plugin among the dependencies, turns it on with settings, and checks them. */
async function turnOn(project) {
  await npmInstall(project, [CLI], ['--prefer-offline']);
  const mao = join(project, 'node_modules/.bin/mao');
  const statusOf = async () => {
    const { stdout } = await run(mao, ['plugins', 'list', '--json'], project);
    return JSON.parse(stdout).plugins.find(({ name }) => name === THEIRS)?.status;
  };
  if ((await statusOf()) !== 'available') throw new Error(`mao does not find ${THEIRS} among the dependencies`);
  await run(mao, ['plugins', 'add', THEIRS, '--settings', '{"baseUrl":"https://weather.example.com/"}'], project);
  if ((await statusOf()) !== 'ready') throw new Error(`mao did not turn ${THEIRS} on`);
  await run(mao, ['plugins', 'check', THEIRS], project);
}

/** Raises versions as the changesets say and publishes what the registry has not. */
async function release(what) {
  const before = versionsOf(copy);
  await run('changeset', ['version'], copy);
  writeVersionsIntoDist(copy);
  await run('node', [join(import.meta.dirname, '../bundle.mjs'), copy], copy);
  await git('add', '.changeset', 'package.json');
  await publish();
  const after = versionsOf(copy);
  const moved = Object.keys(after).filter((name) => after[name] !== before[name]);
  console.log(`released ${what}: ${moved.length} of ${Object.keys(after).length} packages have a new version`);
  return after;
}

/** Publishes to the registry of this check; where pnpm would go anywhere else, nothing is published. */
async function publish() {
  const { stdout } = await run('pnpm', ['config', 'get', 'registry'], copy);
  if (stdout.trim() !== registry.url) {
    throw new Error(`pnpm would publish to ${stdout.trim()} and not to ${registry.url}: stopped before publishing`);
  }
  await run('changeset', ['publish', '--no-git-tag'], copy);
  for (const [name, version] of Object.entries(versionsOf(copy))) {
    const response = await fetch(`${registry.url}${name.replace('/', '%2f')}`);
    const { versions = {} } = response.ok ? await response.json() : {};
    if (!Object.hasOwn(versions, version)) throw new Error(`${name}@${version} did not arrive at the registry`);
    const text =
      JSON.stringify(versions[version].dependencies ?? {}) + JSON.stringify(versions[version].peerDependencies);
    if (/workspace:|catalog:/.test(text)) throw new Error(`${name}@${version} names a workspace or catalog: ${text}`);
  }
}

async function installIn(name, packages) {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  writeFileSync(join(project, '.npmrc'), registry.installing);
  await npmInstall(project, packages);
  return project;
}

/** @param more - `--prefer-offline` where no package of ours that was asked for before has a newer version. */
async function npmInstall(project, packages, more = []) {
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  const { stdout, stderr } = await run('npm', ['install', ...flags, ...more, ...packages], project, process.env);
  const complaint = /.*(warn.*peer|ERESOLVE).*/i.exec(`${stdout}\n${stderr}`);
  if (complaint) throw new Error(`npm complains: ${complaint[0]}`);
}

/** Runs a program of the project; the versions in node_modules are those of the release. */
async function runIn(project, versions) {
  const program = readFileSync(join(import.meta.dirname, 'program.mjs'), 'utf8');
  writeFileSync(join(project, 'program.mjs'), program);
  const { stdout } = await run('node', ['program.mjs'], project);
  for (const name of [CORE, PLUGIN]) {
    const { version } = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'));
    if (version !== versions[name])
      throw new Error(`${name} is installed as ${version}, released is ${versions[name]}`);
  }
  console.log(`core ${versions[CORE]} with tools-data ${versions[PLUGIN]}: ${stdout.trim()}`);
}

function expectOnlyCoreMoved(before, after) {
  const moved = Object.keys(after).filter((name) => after[name] !== before[name]);
  if (moved.toSorted().join() !== MOVE_WITH_CORE.toSorted().join()) {
    throw new Error(`A minor of core moves ${moved.join(', ')}; it may move ${MOVE_WITH_CORE.join(', ')} alone.`);
  }
}

function git(...args) {
  const nobody = ['-c', 'user.name=check', '-c', 'user.email=check@localhost', '-c', 'commit.gpgsign=false'];
  return run('git', [...nobody, ...args], copy);
}

/** Runs a command that reads no settings of this user, so no token of theirs either, unless an environment is given. */
async function run(command, args, cwd, env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder }) {
  try {
    const shell = process.platform === 'win32';
    const options = { cwd, env: { ...env, NO_PROXY: '127.0.0.1' }, maxBuffer: 64 * 1024 * 1024, shell };
    return await promisify(execFile)(command, args, options);
  } catch (cause) {
    throw new Error(`${command} ${args.join(' ')}\n${cause.stdout ?? ''}${cause.stderr ?? ''}`, { cause });
  }
}
