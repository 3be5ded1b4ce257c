import { readEnvironment } from '@master-orchestrator/config';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNodeTooOld, LOWEST_NODE, nodeLine } from '../cli/node-version.js';
import { fail, ok, warn, type Check, type Finding } from './finding.js';

const SCOPE = '@master-orchestrator';
/** Lines of Node.js that are maintained and tested. */
const TESTED = new Set([22, 24, 26]);

/** The version of Node.js. */
export const checkNode: Check = async ({ context }) => {
  const { nodeVersion } = context.io;
  const wanted = `${LOWEST_NODE.major}.${LOWEST_NODE.minor}`;
  if (isNodeTooOld(nodeVersion))
    return [
      fail('node', `Node.js ${nodeVersion} is too old.`, `Install Node.js ${wanted} or newer; 24 is a good choice.`),
    ];
  if (!TESTED.has(nodeLine(nodeVersion).major))
    return [warn('node', `Node.js ${nodeVersion} is not among the tested lines.`, 'Use 22, 24 or 26.')];
  return [ok('node', `Node.js ${nodeVersion}`)];
};

/** Environment variables that make every connection unsafe. */
export const checkEnvironment: Check = async () => {
  const { NODE_TLS_REJECT_UNAUTHORIZED: isChecked } = readEnvironment(['NODE_TLS_REJECT_UNAUTHORIZED']);
  if (isChecked !== '0') return [];
  const hint = 'Unset it. For a certificate authority of your own use NODE_EXTRA_CA_CERTS.';
  return [fail('environment', 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of certificates off.', hint)];
};

/** Our packages in the project: each in one version, and all of one line. */
export const checkPackages: Check = async ({ context, project }) => {
  const found = await installed(project?.directory ?? context.cwd);
  if (found.length === 0)
    return [ok('packages', `no package of ${SCOPE} in the project; those of this command are used`)];
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of found) versions.set(name, (versions.get(name) ?? new Set()).add(version));
  const mixed: Finding[] = [...versions].flatMap(([name, all]) =>
    all.size < 2
      ? []
      : [
          fail(
            'packages',
            `${name} is installed in ${all.size} versions: ${[...all].join(', ')}.`,
            'Run "npm dedupe", or align the versions in package.json.',
          ),
        ],
  );
  const lines = new Set([...versions.values()].flatMap((all) => [...all].map(lineOf)));
  if (mixed.length === 0 && lines.size > 1) {
    const list = [...versions]
      .map(([name, all]) => `${name.slice(SCOPE.length + 1)} ${[...all].join(', ')}`)
      .join('; ');
    return [
      warn(
        'packages',
        `The packages are of different lines: ${list}.`,
        `Update them together: npm update "${SCOPE}/*"`,
      ),
    ];
  }
  return mixed.length > 0 ? mixed : [ok('packages', `${versions.size} packages of ${SCOPE}, each in one version`)];
};

interface Installed {
  readonly name: string;
  readonly version: string;
}

/** Packages of ours in the nearest `node_modules`, and those that they hold for themselves. */
async function installed(start: string): Promise<Installed[]> {
  const seen = new Map<string, Installed>();
  const visit = async (folder: string, depth: number): Promise<void> => {
    const root = join(folder, 'node_modules', SCOPE);
    for (const entry of await readdir(root).catch(() => [])) {
      const place = await realpath(join(root, entry)).catch(() => undefined);
      if (place === undefined || seen.has(place)) continue;
      const manifest = await manifestOf(place);
      if (manifest === undefined) continue;
      seen.set(place, manifest);
      if (depth < 3) await visit(place, depth + 1);
    }
  };
  for (let folder = start; ; folder = dirname(folder)) {
    await visit(folder, 0);
    if (seen.size > 0 || folder === dirname(folder)) return [...seen.values()];
  }
}

async function manifestOf(folder: string): Promise<Installed | undefined> {
  try {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Partial<Installed>;
    return name === undefined || version === undefined ? undefined : { name, version };
  } catch {
    return undefined;
  }
}

/** `0.3` of 0.3.1, `2` of 2.4.0: what may be mixed. */
function lineOf(version: string): string {
  const [major = '0', minor = '0'] = version.split('.');
  return major === '0' ? `0.${minor}` : major;
}
