// The Markdown pages that readers of the project are given.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
const TOP = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const MADE = /^docs\/(\.site|node_modules|reference)\//;

/** Path from the root, title, text without front matter; sorted by path. */
export function readerPages() {
  const docs = readdirSync(join(root, 'docs'), { recursive: true })
    .map((path) => join('docs', path))
    .filter((path) => path.endsWith('.md') && !MADE.test(path));
  const readmes = ['packages', 'plugins', 'examples'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name, 'README.md')),
  );
  const codes = 'packages/errors/docs/error-codes.md';
  const paths = [...TOP, ...docs, ...readmes, codes].filter((path) => existsSync(join(root, path)));
  return paths.toSorted().map((path) => {
    const text = readFileSync(join(root, path), 'utf8').replace(/^---\n.*?\n---\n+/s, '');
    return { path, text, title: /^# (.+)$/m.exec(text)?.[1] ?? path };
  });
}
