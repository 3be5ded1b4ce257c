// After `changeset version`: writes the version of each package.json into the constant of its src/version.ts, the ranges
// of contracts and errors into the READMEs of the plugins and the plugin of the docs, and lets create-plugin move where
// a package moved that it writes into new plugins.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const SCOPE = '@master-orchestrator/';
const CREATE = 'packages/create-plugin';

const directories = ['packages', 'plugins'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => `${group}/${name}`),
);
for (const directory of directories.filter((each) => existsSync(join(root, each, 'package.json')))) {
  const { version, peerDependencies } = manifestOf(directory);
  replaceIn(`${directory}/src/version.ts`, /(version = ')[^']+/, `$1${version}`);
  if (directory.startsWith('plugins/'))
    replaceIn(`${directory}/README.md`, /^Works with .*$/m, worksWith(peerDependencies));
}
replaceIn(
  'docs/snippets/conformance/weather/package.json',
  /("@master-orchestrator\/([a-z]+)": ")[^"]+/g,
  (_all, start, name) => {
    return `${start}^${manifestOf(`packages/${name}`).version}`;
  },
);
moveCreatePlugin();

/** The sentence about versions in the README of a plugin. */
function worksWith(peerDependencies) {
  const ours = Object.entries(peerDependencies).filter(([name]) => name.startsWith(SCOPE));
  const words = ours.map(([name, range]) => `${name.slice(SCOPE.length)} \`${range.replace('workspace:', '')}\``);
  return `Works with contract \`v1\`: ${words.join(' and ')}.`;
}

/**
 * What create-plugin writes asks for the packages as they were when it was published. Changesets know no such
 * dependency, so it is raised here by a patch where one of them moved and it did not.
 */
function moveCreatePlugin() {
  const { name, version, devDependencies } = manifestOf(CREATE);
  if (released(CREATE)?.version !== version) return;
  const moved = Object.keys(devDependencies).filter((each) => {
    const directory = directories.find((place) => `${SCOPE}${place.split('/')[1]}` === each);
    return directory !== undefined && released(directory)?.version !== manifestOf(directory).version;
  });
  if (moved.length === 0) return;
  const [major, minor, patch] = version.split('.').map(Number);
  const next = `${major}.${minor}.${patch + 1}`;
  replaceIn(`${CREATE}/package.json`, /("version": ")[^"]+/, `$1${next}`);
  const lines = moved.map((each) => `- New plugins ask for \`${each}\` of this release.`);
  const file = `${CREATE}/CHANGELOG.md`;
  const before = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : `# ${name}\n`;
  const [title, ...rest] = before.split('\n');
  const text = [title, '', `## ${next}`, '', '### Patch Changes', '', ...lines, ...rest].join('\n');
  writeFileSync(join(root, file), text);
}

/** The manifest as it was before versions were raised; nothing where that is not known. */
function released(directory) {
  try {
    const args = ['show', `HEAD:${directory}/package.json`];
    return JSON.parse(execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

function manifestOf(directory) {
  return JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'));
}

function replaceIn(file, pattern, text) {
  const path = join(root, file);
  if (!existsSync(path)) return;
  const before = readFileSync(path, 'utf8');
  const after = before.replace(pattern, text);
  if (after !== before) writeFileSync(path, after);
}
