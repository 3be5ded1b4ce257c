// Writes schema.json and the reference of the commands in README.md from the built package; tests fail while they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { commandReference } from '../dist/documents/command-reference.js';
import { documentsJsonSchema } from '../dist/documents/documents.js';

writeFileSync(new URL('../schema.json', import.meta.url), `${JSON.stringify(documentsJsonSchema(), null, 2)}\n`);

const readme = new URL('../README.md', import.meta.url);
const [before, , after] = readFileSync(readme, 'utf8').split(/<!-- commands(?:-end)? -->/);
writeFileSync(readme, `${before}<!-- commands -->\n\n${commandReference()}\n\n<!-- commands-end -->${after}`);
