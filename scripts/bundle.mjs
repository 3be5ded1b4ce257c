// Joins the compiled files of a package into one file an entry, which is what is published: finding, reading and linking
// hundreds of files was over a third of importing core. Names and lazy imports stay.
//   node scripts/bundle.mjs [workspace]    every package that has a bundle
//   node scripts/bundle.mjs --here         the package of the current folder; its prepack runs this
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { rolldown } from 'rolldown';

const workspace = process.argv[2] ?? join(import.meta.dirname, '..');
/** Compiled files that are started by their name beside the entries. */
const STARTED = { '@master-orchestrator/core': ['plugins/isolated-child.js'] };

/** Bundles the package of a folder: `bundle/<entry>.js` for each `dist/<entry>.js` that its manifest publishes. */
async function bundle(directory) {
  const { name, publishConfig } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const entries = bundledEntries(publishConfig);
  if (entries.length === 0) return;
  const inputs = [...entries, ...(STARTED[name] ?? [])].map((file) => [
    basename(file, '.js'),
    join(directory, 'dist', file),
  ]);
  rmSync(join(directory, 'bundle'), { recursive: true, force: true });
  const build = await rolldown({
    input: Object.fromEntries(inputs),
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    platform: 'node',
    tsconfig: false,
  });
  await build.write({
    dir: join(directory, 'bundle'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name]-[hash].js',
  });
  await build.close();
}

function bundledEntries({ exports = {} } = {}) {
  return Object.values(exports).flatMap((entry) => {
    const [, file] = /^\.\/bundle\/(.+)$/.exec(entry.default ?? '') ?? [];
    return file === undefined ? [] : [file];
  });
}

if (process.argv.includes('--here')) await bundle(process.cwd());
else
  for (const group of ['packages', 'plugins'])
    for (const name of readdirSync(join(workspace, group))) await bundle(join(workspace, group, name));
