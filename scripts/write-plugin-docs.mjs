// Writes the table of options into the README of every built plugin, from the schema that its package.json names.
// With --check it writes nothing and ends with 1 where a table is not that of the schema.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pluginOptions } from '../packages/config/dist/index.js';

const root = join(import.meta.dirname, '..');
const MARKS = /<!-- options(?:-end)? -->/;
const isCheck = process.argv.includes('--check');
const stale = [];

for (const name of readdirSync(join(root, 'plugins'))) {
  const directory = join(root, 'plugins', name);
  const { mao } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const [file, schema] = mao.options.split('#');
  const options = pluginOptions((await import(pathToFileURL(join(directory, file)).href))[schema]);
  const readme = join(directory, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const parts = text.split(MARKS);
  if (options.length === 0 && parts.length === 1) continue;
  if (parts.length !== 3) throw new Error(`${readme} needs <!-- options --> and <!-- options-end --> once each`);
  const made = `${parts[0]}<!-- options -->\n\n${tableOf(options)}\n\n<!-- options-end -->${parts[2]}`;
  if (normal(made) === normal(text)) continue;
  stale.push(`plugins/${name}/README.md`);
  if (!isCheck) writeFileSync(readme, made);
}

if (!isCheck) console.log(stale.length === 0 ? 'Nothing to write.' : `Wrote ${stale.join(', ')}. Run oxfmt on them.`);
else if (stale.length > 0) {
  for (const path of stale) console.error(`${path}: the table of options is not that of the schema`);
  console.error('Write them: npm run exec -- node scripts/write-plugin-docs.mjs, then oxfmt');
  process.exitCode = 1;
}

function tableOf(options) {
  const rows = options.map((option) => [`\`${option.path}\``, option.expected, defaultOf(option), option.description]);
  const table = [['Option', 'Takes', 'Default', 'Meaning'], ['---', '---', '---', '---'], ...rows];
  return table.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function defaultOf(option) {
  if (option.isRequired) return 'needed';
  if (option.defaultWords !== undefined) return option.defaultWords;
  if (option.default === undefined) return '';
  const isNumber = Number.isInteger(option.default);
  const text = JSON.stringify(option.default);
  return `\`${isNumber ? text.replaceAll(/\B(?=(\d{3})+$)/g, '_') : text}\``;
}

/** Columns may be as wide as the formatter makes them. */
function normal(text) {
  return text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');
}
