// The Markdown pages that readers of the project are given.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
const TOP = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
/** Folders of docs/ that are made or installed. */
const MADE = new Set(['.site', 'node_modules', 'reference']);

/** Path from the root, title, text without front matter, packages it is shipped with; sorted by path. */
export function readerPages() {
  const docs = markdownIn('docs');
  const readmes = ['packages', 'plugins', 'examples'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, 'README.md')),
  );
  const codes = 'packages/errors/docs/error-codes.md';
  const paths = [...TOP, ...docs, ...readmes, codes].filter((path) => existsSync(join(root, path)));
  return paths.toSorted((one, other) => (one < other ? -1 : 1)).map(pageOf);
}

function pageOf(path) {
  const whole = readFileSync(join(root, path), 'utf8');
  const [front = ''] = /^---\n.*?\n---\n+/s.exec(whole) ?? [];
  const text = whole.slice(front.length);
  const packages = /^packages: \[(.*)\]$/m.exec(front)?.[1].split(', ') ?? [];
  return { path, text, packages, title: /^# (.+)$/m.exec(text)?.[1] ?? path };
}

function markdownIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return MADE.has(entry.name) ? [] : markdownIn(path);
    return path.endsWith('.md') ? [path] : [];
  });
}
