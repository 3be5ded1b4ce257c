import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SCOPE = '@master-orchestrator/';
const require = createRequire(import.meta.url);

interface Manifest {
  readonly version: string;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * Range of one of our packages that a new plugin asks for: the version it had when this package was released, and what
 * is compatible with it. Publishing writes it into the devDependencies of this package, where nothing is installed for it.
 *
 * @param name - Without the scope: `contracts`.
 */
export function packageRange(name: string): string {
  const own = readManifest(new URL('../package.json', import.meta.url));
  const range = own.devDependencies?.[`${SCOPE}${name}`];
  if (range === undefined) throw new Error(`"${name}" is not among the packages that a new plugin may ask for.`);
  // In the repository itself the range stands for the package beside this one.
  if (!range.startsWith('workspace:')) return range;
  return `^${readManifest(require.resolve(`${SCOPE}${name}/package.json`)).version}`;
}

function readManifest(file: URL | string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
