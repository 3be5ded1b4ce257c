// Writes into each package the documentation that is shipped with it, so that what is installed and what is read are of one
// version: docs/api.md (its exports), the pages that name it, and llms.txt, which lists them and the README.
// None of these files is kept in the repository. With --here: into the package of the current folder alone, from a
// reference that was made before; this is what `prepack` runs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { readerPages, root } from './pages.mjs';

const REPOSITORY = 'https://github.com/master-orchestrator/master-orchestrator/blob/main/';
/** Pages in `docs/` of a package that are kept in the repository. */
const KEPT = new Set(['error-codes.md', 'plans.md']);
/** What is returned, where only its type is said: the signature above says it. */
const REPEATED_TYPE = /^#{4,7} Returns\n\n(?:`|\[|\\\{)[^\n]*\n\n(?=#|\*\*\*|$)/gm;
const reference = join(root, 'docs/reference/packages');
const stampFile = join(reference, 'stamp');
const packages = ['packages', 'plugins'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => `${group}/${name}`),
);
const pages = readerPages();

const isHere = process.argv.includes('--here');
const stamp = stampOfSources();
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  if (isHere) {
    console.error('The reference is not that of the source: npm run exec -- node docs/package-docs.mjs makes it.');
    process.exit(1);
  }
  makeReference();
}
/** Ids that some page of the reference links to; the others are left out. */
const linked = new Set(
  packages.flatMap((directory) =>
    [...readFileSync(join(reference, directory, 'src.md'), 'utf8').matchAll(/\]\([^)\s]*#([^)\s]+)\)/g)].map(
      ([, id]) => id,
    ),
  ),
);
const chosen = isHere ? [relative(root, process.cwd()).split('\\').join('/')] : packages;
for (const directory of chosen) ship(directory);
if (!isHere) console.log(`${chosen.length} packages have their documentation`);

/** One run for all packages: each export has one place, and links between packages are known. */
function makeReference() {
  const made = `${reference}-${process.pid}`;
  const typedoc = join(root, 'docs/node_modules/.bin/typedoc');
  const args = ['--options', 'docs/typedoc.packages.json', '--logLevel', 'Warn', '--out', made];
  const { status } = spawnSync(typedoc, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(join(made, 'stamp'), stamp);
  rmSync(reference, { recursive: true, force: true });
  renameSync(made, reference);
}

function stampOfSources() {
  const sources = packages.flatMap((directory) => filesIn(`${directory}/src`)).filter((path) => path.endsWith('.ts'));
  const hash = createHash('sha256');
  for (const path of [...sources, 'docs/typedoc.json', 'docs/typedoc.packages.json']) {
    hash.update(path).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

/** Writes the documentation of one package. */
function ship(directory) {
  const { name, version, description } = manifestOf(directory);
  const shipped = shippedWith(directory);
  const made = join(root, directory, 'docs');
  for (const entry of existsSync(made) ? readdirSync(made) : []) {
    if (!KEPT.has(entry)) rmSync(join(made, entry), { recursive: true, force: true });
  }
  for (const [source, target] of shipped) {
    if (source === `${directory}/${target}`) continue;
    const path = join(root, directory, target);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, withLinks(directory, source, target, textOf(source)));
  }
  const places = placesFrom(directory);
  const named = pages.filter((page) => page.packages.includes(posix.basename(directory))).map(({ path }) => path);
  const sources = new Set([...shipped.keys(), ...named]);
  const lines = [...sources].map((source) => `- [${titleOf(source)}](${places.get(source)})`);
  const head = `# ${name} ${version}\n\n> ${description}\n\nThe documentation of exactly this version:\n\n`;
  writeFileSync(join(root, directory, 'llms.txt'), `${head}${lines.join('\n')}\n`);
}

/** Where in a package its pages stand, by their place in the repository. */
function shippedWith(directory) {
  const kept = [...KEPT].map((file) => `${directory}/docs/${file}`);
  return new Map([
    [`${directory}/README.md`, leadsOut(directory) ? 'docs/index.md' : 'README.md'],
    [`${directory}/src.md`, 'docs/api.md'],
    ...kept.filter((path) => existsSync(join(root, path))).map((path) => [path, path.slice(directory.length + 1)]),
    ...pages
      .filter((page) => ships(directory, page))
      .map(({ path }) => [path, path === 'docs/index.md' ? 'docs/quick-start.md' : path]),
  ]);
}

/** Some READMEs link to pages of the repository; those are shipped with links that work there, too. */
function leadsOut(directory) {
  return readFileSync(join(root, directory, 'README.md'), 'utf8').includes('](../');
}

/** A page belongs to the packages that it names; where one of them is installed with another, the first alone ships it. */
function ships(directory, page) {
  return page.packages.includes(posix.basename(directory)) && !needs(directory).some((other) => ships(other, page));
}

/** Packages of ours that are installed with a package. */
function needs(directory) {
  const { dependencies, peerDependencies } = manifestOf(directory);
  const names = Object.keys({ ...dependencies, ...peerDependencies }).map((each) => each.split('/')[1]);
  return packages.filter((each) => names.includes(posix.basename(each)));
}

/** Links lead to pages of the package, then to those of packages that are installed with it, else to the repository. */
function withLinks(directory, source, target, text) {
  const places = placesFrom(directory);
  const mend = (href) => {
    if (/^([a-z]+:|#)/.test(href)) return href;
    const [path, anchor] = href.split('#');
    const place = posix.join(posix.dirname(source), path);
    const end = anchor === undefined ? '' : `#${anchor}`;
    const found = places.get(place.replace(/\/$/, ''));
    if (found !== undefined) return `${posix.relative(posix.dirname(target), found) || posix.basename(found)}${end}`;
    return `${REPOSITORY}${place.endsWith('/src.md') ? `${place.slice(0, -3)}/index.ts` : `${place}${end}`}`;
  };
  return text
    .split(/(^```.*?^```$)/ms)
    .map((part) =>
      part.startsWith('```') ? part : part.replaceAll(/\]\(([^)\s]+)\)/g, (_, href) => `](${mend(href)})`),
    )
    .join('');
}

/** Pages by their place in the repository, seen from the folder of a package; those of its own hide those of others. */
function placesFrom(directory) {
  return new Map([
    ...needs(directory).flatMap((other) =>
      [...shippedWith(other)].map(([source, at]) => [source, `../${posix.basename(other)}/${at}`]),
    ),
    ...shippedWith(directory),
    [`${directory}/schema.json`, 'schema.json'],
  ]);
}

function textOf(source) {
  const page = pages.find(({ path }) => path === source);
  if (page !== undefined) return narrow(page.text.replaceAll(/^<!-- from \S+ -->\n\n/gm, ''));
  const text = readFileSync(join(reference, source), 'utf8');
  return text
    .replace(/^# .*\n/, `# Exports of ${manifestOf(posix.dirname(source)).name}\n`)
    .replaceAll(/<a id="([^"]+)"><\/a> /g, (whole, id) => (linked.has(id) ? whole : ''))
    .replaceAll(REPEATED_TYPE, '')
    .replaceAll(/^\*\*\*\n\n/gm, '');
}

/** Tables without the blanks that line up their columns: a fifth of some pages. */
function narrow(text) {
  return text.replaceAll(/^\|.*$/gm, (row) => row.replaceAll(/ {2,}/g, ' ').replaceAll(/-{4,}/g, '---'));
}

function titleOf(source) {
  if (source.endsWith('/src.md')) return 'API reference';
  if (source.endsWith('/README.md')) return 'README';
  return pages.find(({ path }) => path === source)?.title ?? posix.basename(source, '.md');
}

function manifestOf(directory) {
  return JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'));
}
