// Writes the version of each package.json into the constant of its src/version.ts, after `changeset version`.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
for (const group of ['packages', 'plugins']) {
  for (const name of readdirSync(join(root, group))) {
    const file = join(root, group, name, 'src/version.ts');
    if (!existsSync(file)) continue;
    const { version } = JSON.parse(readFileSync(join(root, group, name, 'package.json'), 'utf8'));
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(version = ')[^']+/, `$1${version}`));
  }
}
