// The Markdown pages that readers of the project are given.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
const TOP = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
/** Folders of docs/ that are made or installed. */
const MADE = new Set(['.site', 'node_modules', 'reference']);

/** Path from the root, title, text without front matter; sorted by path. */
export function readerPages() {
  const docs = markdownIn('docs');
  const readmes = ['packages', 'plugins', 'examples'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, 'README.md')),
  );
  const codes = 'packages/errors/docs/error-codes.md';
  const paths = [...TOP, ...docs, ...readmes, codes].filter((path) => existsSync(join(root, path)));
  return paths
    .toSorted((one, other) => (one < other ? -1 : 1))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8').replace(/^---\n.*?\n---\n+/s, '');
      return { path, text, title: /^# (.+)$/m.exec(text)?.[1] ?? path };
    });
}

function markdownIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return MADE.has(entry.name) ? [] : markdownIn(path);
    return path.endsWith('.md') ? [path] : [];
  });
}
