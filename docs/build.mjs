// Makes the site in docs/.site: reference from the comments in the code, pages from Markdown, llms.txt from the pages.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readerPages, root } from './pages.mjs';

const site = join(root, 'docs/.site');
rmSync(site, { recursive: true, force: true });
if (!process.argv.includes('--pages-only')) run('typedoc', ['--options', 'docs/typedoc.site.json']);
run('eleventy', ['--config=docs/eleventy.config.mjs', '--quiet']);

const pages = readerPages();
const summary = readFileSync(join(root, 'README.md'), 'utf8').split('\n').slice(0, 3).join('\n');
mkdirSync(site, { recursive: true });
writeFileSync(
  join(site, 'llms.txt'),
  `${summary}\n\n## Pages\n\n${pages.map(({ path, title }) => `- [${title}](${path})`).join('\n')}\n`,
);
writeFileSync(join(site, 'llms-full.txt'), pages.map(({ path, text }) => `<!-- ${path} -->\n\n${text}`).join('\n\n'));
console.log(`${pages.length} pages in docs/.site`);

function run(command, args) {
  const bin = join(root, 'docs/node_modules/.bin', command);
  const { status } = spawnSync(bin, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
