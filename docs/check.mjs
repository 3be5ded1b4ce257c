// Checks the documentation: programs are those in the files, links lead somewhere, words are spelt right, and every
// export has a comment. Prints what is wrong and ends with 1.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { slugOf } from './eleventy.config.mjs';
import { readerPages, root } from './pages.mjs';

/** What typedoc calls an export of something that is documented elsewhere. */
const REFERENCE = 4_194_304;

const pages = readerPages();
const problems = pages.flatMap((page) => [...snippetProblems(page), ...linkProblems(page)]);
for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages: ${problems.length} problems with programs and links`);
const isSpelt = run('cspell', ['--config', 'docs/cspell.json', '--no-progress', ...pages.map(({ path }) => path)]);
const silent = undocumented();
for (const name of silent) console.error(`${name}: exported without a comment`);
process.exitCode = problems.length === 0 && isSpelt && silent.length === 0 ? 0 : 1;

/** Pages under docs/ and the README show programs of files that are compiled and run. */
function snippetProblems({ path, text }) {
  if (!path.startsWith('docs/') && path !== 'README.md') return [];
  return [...text.matchAll(/(?:<!-- from (\S+) -->\n\n)?```ts\n(.*?)```/gs)].flatMap(([, file, code]) => {
    if (file === undefined) return [`${path}: a program without "<!-- from file -->" before it`];
    if (!existsSync(join(root, file))) return [`${path}: ${file} does not exist`];
    return readFileSync(join(root, file), 'utf8') === code ? [] : [`${path}: the program is not that of ${file}`];
  });
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
