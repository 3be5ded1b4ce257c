// Checks the documentation: programs are those in the files, a README begins as it must, links lead somewhere, words are
// spelt right, tables of options are those of the schemas, and every export has a comment. Prints what is wrong and ends
// with 1. With --write it takes the programs from their files first; with --pages it leaves the last three out.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { slugOf } from './eleventy.config.mjs';
import { fenceProblems, withPrograms } from './fences.mjs';
import { readerPages, root } from './pages.mjs';
import { readmeProblems } from './readmes.mjs';

/** What typedoc calls an export of something that is documented elsewhere. */
const REFERENCE = 4_194_304;

if (process.argv.includes('--write')) writePrograms();
const pages = readerPages();
const problems = pages.flatMap((page) => [
  ...fenceProblems(page),
  ...readmeProblems(page),
  ...linkProblems(page),
  ...nameProblems(page),
]);
for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages: ${problems.length} problems with programs and links`);
if (problems.length > 0) process.exitCode = 1;
if (!process.argv.includes('--pages')) checkWords();

function checkWords() {
  const isSpelt = run('cspell', ['--config', 'docs/cspell.json', '--no-progress', ...pages.map(({ path }) => path)]);
  const tables = join(root, 'scripts/write-plugin-docs.mjs');
  const hasTables = spawnSync(process.execPath, [tables, '--check'], { stdio: 'inherit' }).status === 0;
  const silent = undocumented();
  for (const name of silent) console.error(`${name}: exported without a comment`);
  if (!isSpelt || !hasTables || silent.length > 0) process.exitCode = 1;
}

/** Takes the programs of every page from their files. */
function writePrograms() {
  for (const { path } of readerPages()) {
    const before = readFileSync(join(root, path), 'utf8');
    const after = withPrograms(before);
    if (after !== before) writeFileSync(join(root, path), after);
  }
}

function linkProblems({ path, text }) {
  const prose = text.replaceAll(/```.*?```/gs, '').replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, href]) => {
    if (/^[a-z]+:/.test(href)) return [];
    const [file, anchor] = href.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(root, target))) return [`${path}: "${href}" leads nowhere`];
    if (anchor === undefined || statSync(join(root, target)).isDirectory() || !target.endsWith('.md')) return [];
    return headingsOf(target).has(anchor) ? [] : [`${path}: "${href}" has no such heading`];
  });
}

/** What is named in a link to code stands in the file it leads to. */
function nameProblems({ path, text }) {
  return [...text.matchAll(/\[`(\w+)`\]\(([^)\s]+\.ts)\)/g)].flatMap(([, name, href]) => {
    const file = join(root, dirname(path), href);
    if (!existsSync(file) || new RegExp(`\\b${name}\\b`).test(readFileSync(file, 'utf8'))) return [];
    return [`${path}: there is no ${name} in ${href}`];
  });
}

function headingsOf(path) {
  const text = readFileSync(join(root, path), 'utf8').replaceAll(/```.*?```/gs, '');
  return new Set([...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => slugOf(heading.replaceAll('`', ''))));
}

/** Exports of the packages that have no comment, as `module: name`. */
function undocumented() {
  const file = join(tmpdir(), `reference-${process.pid}.json`);
  if (!run('typedoc', ['--options', 'docs/typedoc.json', '--logLevel', 'Error', '--json', file]))
    return ['the reference'];
  const project = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  return project.children.flatMap((module) =>
    (module.children ?? [])
      .filter((item) => item.kind !== REFERENCE && item.comment === undefined && !item.signatures?.some(hasComment))
      .map(({ name }) => `${module.name}: ${name}`),
  );
}

function hasComment({ comment }) {
  return comment !== undefined;
}

function run(command, args) {
  return spawnSync(join(root, 'docs/node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' }).status === 0;
}
