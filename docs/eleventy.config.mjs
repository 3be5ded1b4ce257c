// The site: every Markdown page of the repository that is meant for readers, at the place where it stands, as HTML.
import { posix } from 'node:path';

const REPOSITORY = 'https://github.com/master-orchestrator/master-orchestrator/blob/main/';

export default function config(eleventy) {
  eleventy.setUseGitIgnore(false); // the reference is made, not kept
  for (const path of [
    '**/node_modules/**',
    '**/dist/**',
    '.tools/**',
    '.changeset/**',
    '.github/**',
    'docs/.site/**',
  ]) {
    eleventy.ignores.add(path);
  }
  for (const path of ['**/CHANGELOG.md', '**/test/**', '**/templates/**', 'bench/**', 'docs/reference/packages/**']) {
    eleventy.ignores.add(path);
  }
  // Copies of pages, shipped with the packages (docs/package-docs.mjs).
  for (const path of ['index.md', 'api.md', 'quick-start.md', 'architecture.md', 'concepts/**', 'guides/**']) {
    eleventy.ignores.add(`{packages,plugins}/*/docs/${path}`);
  }
  eleventy.addGlobalData('layout', 'page.njk');
  eleventy.addGlobalData(
    'permalink',
    () =>
      ({ page }) =>
        htmlOf(page.inputPath.slice(2)),
  );
  eleventy.addGlobalData('eleventyComputed', {
    title: ({ title, page }) => title ?? posix.basename(posix.dirname(page.inputPath)),
    root: ({ page }) => posix.relative(posix.dirname(page.inputPath.slice(2)), '.') || '.',
  });
  eleventy.addCollection('pages', (api) => api.getAll().toSorted((a, b) => a.inputPath.localeCompare(b.inputPath)));
  eleventy.addFilter('section', (pages, name) =>
    pages.filter(({ data }) => data.section === name).toSorted((a, b) => a.data.order - b.data.order),
  );
  eleventy.addFilter('below', (pages, folder) =>
    pages.filter(({ inputPath }) => new RegExp(`^\\./${folder}/[^/]+/README\\.md$`).test(inputPath)),
  );
  eleventy.addFilter('nameOf', ({ inputPath }) => posix.basename(posix.dirname(inputPath)));
  eleventy.addFilter('rooted', (url, root) => posix.join(root, url));
  eleventy.addTransform('links', function rewrite(content) {
    const here = posix.dirname(this.page.inputPath.slice(2));
    return content.replaceAll(/(<a [^>]*href=")([^"]+)"/g, (_all, start, href) => `${start}${linkOf(href, here)}"`);
  });
  eleventy.amendLibrary('md', (library) => library.use(headingIds));
  return {
    dir: { input: '.', includes: 'docs/_includes', output: 'docs/.site' },
    templateFormats: ['md'],
    markdownTemplateEngine: false,
  };
}

/** Pages keep their places; a README is the page of its folder. */
function htmlOf(path) {
  return path.replace(/README\.md$/, 'index.html').replace(/\.md$/, '.html');
}

/** Links between pages stay inside the site; those to code go to the repository. */
function linkOf(href, here) {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path, anchor] = href.split('#');
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  if (path.endsWith('.html') || path === '') return href;
  if (path.endsWith('.md')) return `${htmlOf(path)}${suffix}`;
  return `${REPOSITORY}${posix.join(here, path)}${suffix}`;
}

/** Gives headings the ids that links to them use. */
function headingIds(markdown) {
  markdown.core.ruler.push('heading-ids', ({ tokens }) => {
    tokens.forEach((token, index) => {
      if (token.type === 'heading_open') token.attrSet('id', slugOf(tokens[index + 1].content));
    });
  });
}

/** The id that code hosts give a heading. */
export function slugOf(text) {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}
