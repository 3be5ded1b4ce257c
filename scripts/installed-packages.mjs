// Looks into an installed node_modules folder: what a package needs there, how large it is, its licence and scripts.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package itself and all it needs, found as Node finds them: folder and manifest of each. */
export function neededBy(project, name) {
  const found = new Map();
  visit(join(project, 'node_modules', name));
  return [...found].map(([directory, manifest]) => ({ directory, manifest }));

  function visit(directory) {
    if (found.has(directory)) return;
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    found.set(directory, manifest);
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    for (const each of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
      const next = locate(directory, each);
      if (next !== undefined) visit(next);
      else if (!isOptional(manifest, each)) throw new Error(`${manifest.name} needs ${each}, which is not installed`);
    }
  }

  function locate(from, wanted) {
    for (let at = from; at.length >= project.length; at = dirname(at)) {
      const directory = join(at, 'node_modules', wanted);
      if (existsSync(join(directory, 'package.json'))) return directory;
    }
    return undefined;
  }
}

function isOptional({ optionalDependencies, peerDependenciesMeta }, name) {
  return Object.hasOwn(optionalDependencies ?? {}, name) || peerDependenciesMeta?.[name]?.optional === true;
}

/** Sum of the sizes of its files, without the packages within it. */
export function bytesOf(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return bytesOf(path);
      return entry.isFile() ? statSync(path).size : 0;
    })
    .reduce((sum, each) => sum + each, 0);
}

/** Its licence in words of SPDX, or what stands there instead. */
export function licenceOf({ license, licenses }) {
  return String(license?.type ?? license ?? licenses?.[0]?.type ?? 'none');
}

/** Scripts that npm runs when somebody installs it. */
export function installScriptsOf({ scripts = {} }) {
  return ['preinstall', 'install', 'postinstall'].filter((name) => Object.hasOwn(scripts, name));
}
