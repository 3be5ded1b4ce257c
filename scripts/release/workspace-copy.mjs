// A copy of what is published, in a folder of its own: versions are raised and packages published there, never here.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** Folders of a package that are not published. */
const LEFT_OUT = new Set(['node_modules', 'src', 'test', '.turbo']);

/** Copies the workspace without sources and tests, and links its packages with each other. */
export function copyWorkspace(copy) {
  mkdirSync(copy);
  for (const name of ['package.json', 'pnpm-workspace.yaml', 'LICENSE', '.changeset']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const group of ['packages', 'plugins']) {
    for (const name of readdirSync(join(root, group))) copyPackage(join(root, group, name), join(copy, group, name));
  }
  const directories = packageDirectories(copy);
  for (const directory of directories) {
    if (!existsSync(join(directory, 'dist'))) throw new Error(`${directory} is not built: npm run build comes first`);
    forThisMachine(directory);
    linkWorkspace(directory, directories);
  }
  link(join(root, 'node_modules/@changesets'), join(copy, 'node_modules/@changesets'));
}

function copyPackage(from, to) {
  mkdirSync(join(to, '..'), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => dirname(path) !== from || !LEFT_OUT.has(basename(path)) });
}

/** Name and version of every package of the copy. */
export function versionsOf(copy) {
  const manifests = packageDirectories(copy).map(manifestOf);
  return Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
}

/** Writes a changeset as a person would. */
export function addChangeset(copy, releases, words) {
  const lines = Object.entries(releases).map(([name, kind]) => `'${name}': ${kind}`);
  writeFileSync(join(copy, '.changeset', 'of-the-check.md'), `---\n${lines.join('\n')}\n---\n\n${words}\n`);
}

/** What `npm run raise-versions` and a build do to the constant `version`, here where nothing is compiled. */
export function writeVersionsIntoDist(copy) {
  for (const directory of packageDirectories(copy)) {
    const { version } = manifestOf(directory);
    for (const file of ['dist/version.js', 'dist/version.d.ts'].map((name) => join(directory, name))) {
      if (!existsSync(file)) continue;
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(/(version = ['"])[^'"]+/, `$1${version}`));
    }
  }
}

function packageDirectories(copy) {
  return ['packages', 'plugins'].flatMap((group) =>
    readdirSync(join(copy, group))
      .map((name) => join(copy, group, name))
      .filter((directory) => existsSync(join(directory, 'package.json'))),
  );
}

const manifestOf = (directory) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));

/**
 * Provenance is signed by the service that builds a release; there is none here. The documentation was copied as it was
 * made before.
 */
function forThisMachine(directory) {
  const manifest = manifestOf(directory);
  manifest.publishConfig.provenance = false;
  delete manifest.scripts.prepack;
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** pnpm reads the version behind "workspace:" from node_modules. */
function linkWorkspace(directory, directories) {
  const { dependencies, devDependencies, peerDependencies } = manifestOf(directory);
  const wanted = { ...dependencies, ...devDependencies, ...peerDependencies };
  for (const other of directories) {
    const { name } = manifestOf(other);
    if (Object.hasOwn(wanted, name)) link(other, join(directory, 'node_modules', name));
  }
}

function link(target, path) {
  mkdirSync(join(path, '..'), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(target, path, 'junction');
}
