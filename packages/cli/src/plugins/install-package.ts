import { OrchestratorError } from '@master-orchestrator/errors';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Output } from '../output/output.js';

const LOCKFILES = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['package-lock.json', 'npm'],
] as const;

/** The package manager of a project: that of the nearest lockfile, else npm. */
export function packageManagerOf(directory: string): 'pnpm' | 'yarn' | 'bun' | 'npm' {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const found = LOCKFILES.find(([file]) => existsSync(join(folder, file)));
    if (found !== undefined) return found[1];
    if (folder === dirname(folder)) return 'npm';
  }
}

/**
 * Installs a package with the project's package manager, install scripts off.
 *
 * @param spec - Name, name with version, tarball or folder.
 * @returns the name under which it is installed
 * @throws OrchestratorError PLUGIN_UNKNOWN where the package manager fails
 */
export async function installPackage(spec: string, directory: string, output: Output): Promise<string> {
  const manager = packageManagerOf(directory);
  const before = dependenciesOf(directory);
  const args = [manager === 'npm' ? 'install' : 'add', '--ignore-scripts', spec];
  output.note(`${manager} ${args.join(' ')}`);
  const code = await new Promise<number | null>((done, fail) => {
    const child = spawn(manager, args, {
      cwd: directory,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    child.on('error', fail);
    child.on('close', done);
  });
  if (code !== 0) {
    throw new OrchestratorError(
      'PLUGIN_UNKNOWN',
      `"${manager} ${args.join(' ')}" failed with exit code ${String(code)}. Its output stands above.`,
    );
  }
  const after = dependenciesOf(directory);
  const added = Object.keys(after).find((name) => after[name] !== before[name]);
  return added ?? spec.replace(/(?<=.)@[^/]*$/, '');
}

function dependenciesOf(directory: string): Readonly<Record<string, string>> {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    return manifest.dependencies ?? {};
  } catch {
    return {};
  }
}
