import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

it('shows the program of the quick start as it stands', () => {
  const program = readFileSync(join(root, 'examples/quick-start/src/main.ts'), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``);
});

it('is short, says how to install early, and links to folders that exist', () => {
  const lines = readme.split('\n');
  expect(lines.length).toBeLessThanOrEqual(151);
  expect(lines.findIndex((line) => line.startsWith('npm install'))).toBeLessThan(30);
  const links = [...readme.matchAll(/\]\(((?:packages|plugins)\/[^)]+)\)/g)].map(([, path]) => path ?? '');
  expect(links.length).toBeGreaterThan(15);
  expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
