// Writes schema.json and the table of settings in README.md from the built package; tests fail while they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema, configSettings } from '../dist/index.js';

writeFileSync(new URL('../schema.json', import.meta.url), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);

const cell = (text) => text.replaceAll('|', '\\|');
const shown = (value) => (value === undefined ? 'unset' : `\`${cell(JSON.stringify(value))}\``);
const rows = configSettings().map(({ path, description, default: byDefault, variables, isReloadable }) =>
  [
    `\`${path}\`${isReloadable ? ' ↻' : ''}`,
    shown(byDefault),
    cell(description),
    variables.map((name) => `\`${name}\``).join(' '),
  ].join(' | '),
);
const table = ['Setting | Default | Meaning | Variables', '--- | --- | --- | ---', ...rows]
  .map((row) => `| ${row} |`)
  .join('\n');
const readme = new URL('../README.md', import.meta.url);
const [before, , after] = readFileSync(readme, 'utf8').split(/<!-- settings(?:-end)? -->/);
writeFileSync(readme, `${before}<!-- settings -->\n\n${table}\n\n<!-- settings-end -->${after}`);
