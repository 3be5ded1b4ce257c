// Proof of publishing: everything is published to a registry on loopback, core and one tool plugin are installed from it
// and run, then core alone gets a new minor, and the plugin of before works with it. Nothing leaves this machine.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRegistry } from './registry.mjs';
import { addChangeset, copyWorkspace, versionsOf, writeVersionsIntoDist } from './workspace-copy.mjs';

const CORE = '@master-orchestrator/core';
const PLUGIN = '@master-orchestrator/tools-data';
/** Packages that are compiled against core and so move with it. */
const MOVE_WITH_CORE = [CORE, 'cli', 'factory', 'server'].map((name) =>
  name.startsWith('@') ? name : `@master-orchestrator/${name}`,
);

const folder = mkdtempSync(join(tmpdir(), 'release-check-'));
const copy = join(folder, 'workspace');
const registry = await startRegistry(folder);
try {
  copyWorkspace(copy);
  writeFileSync(join(copy, '.npmrc'), registry.publishing);
  await git('init', '--quiet');
  await git('add', '.changeset', 'package.json');
  await git('commit', '--quiet', '--message', 'start');

  const first = await release('all that waits');
  const project = await installIn('user', [CORE, PLUGIN]);
  await runIn(project, first);

  addChangeset(copy, { [CORE]: 'minor' }, 'A minor of core that no plugin knows of.');
  const second = await release('a minor of core');
  expectOnlyCoreMoved(first, second);
  await npmInstall(project, [`${CORE}@latest`]);
  await runIn(project, second);
  const fresh = await installIn('new-user', [CORE, PLUGIN]);
  await runIn(fresh, second);
} finally {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
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

async function npmInstall(project, packages) {
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  const { stdout, stderr } = await run('npm', ['install', ...flags, ...packages], project, process.env);
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
