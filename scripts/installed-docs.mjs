// Reads the documentation that came with an installed package: what llms.txt names is there, and links lead somewhere.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { slugOf } from '../docs/eleventy.config.mjs';

const WANTED = ['llms.txt', 'README.md', 'docs/api.md'];

/** What is missing or leads nowhere in the documentation of a package. */
export function docsProblems(directory) {
  const { name, version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const missing = WANTED.filter((path) => !existsSync(join(directory, path)));
  if (missing.length > 0) return [`${name}: ${missing.join(', ')} is not in the package`];
  const list = join(directory, 'llms.txt');
  const text = readFileSync(list, 'utf8');
  const pages = markdownIn(join(directory, 'docs'));
  const named = new Set(linksOf(text).map((href) => join(directory, href)));
  return [
    ...(text.startsWith(`# ${name} ${version}\n`) ? [] : [`${name}: llms.txt is not of version ${version}`]),
    ...pages
      .filter((page) => !named.has(page))
      .map((page) => `${name}: llms.txt does not name ${relative(directory, page)}`),
    ...[list, ...pages, ...[...named].filter((page) => page.endsWith('README.md'))].flatMap((page) =>
      brokenLinks(page).map((href) => `${name}: ${relative(directory, page)}: ${href}`),
    ),
  ];
}

function brokenLinks(page) {
  return linksOf(readFileSync(page, 'utf8')).filter((href) => {
    if (/^[a-z]+:/.test(href)) return false;
    const [path, anchor] = href.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(target) || statSync(target).isDirectory()) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
  });
}

const anchors = new Map();

/** Ids of headings, counted where a heading comes again, and those that are written out. */
function anchorsOf(path) {
  const known = anchors.get(path);
  if (known !== undefined) return known;
  const found = new Set();
  const text = readFileSync(path, 'utf8').replaceAll(/^```.*?^```$/gms, '');
  for (const [, id] of text.matchAll(/<a id="([^"]+)">/g)) found.add(id);
  const counts = new Map();
  for (const [, heading] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = slugOf(heading.replaceAll(/[`\\]/g, ''));
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    found.add(count === 0 ? slug : `${slug}-${count}`);
  }
  anchors.set(path, found);
  return found;
}

function linksOf(text) {
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, href]) => href);
}

function markdownIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return path.endsWith('.md') ? [path] : [];
  });
}
