import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const SCOPE = '@master-orchestrator/';

interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly repository?: { readonly url: string; readonly directory: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly mao?: { readonly options?: string };
  readonly license?: string;
  readonly private?: boolean;
  readonly engines?: { readonly node?: string };
  readonly files?: readonly string[];
  readonly publishConfig?: { readonly exports?: object; readonly access?: string; readonly provenance?: boolean };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Under examples/ but no examples: what `npm start`, `faults` and `crash` run, and what the examples share. */
const PROGRAMS = new Set(['hello', 'fault-matrix', 'kill-nine', 'support']);

const members = ['packages', 'plugins', 'examples'].flatMap((group) =>
  readdirSync(join(root, group))
    .map((name) => ({ group, name, directory: join(root, group, name) }))
    .filter(({ directory }) => existsSync(join(directory, 'package.json'))),
);
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const manifestOf = (directory: string): Manifest => read(join(directory, 'package.json')) as Manifest;

describe.each(members)('$group/$name', ({ group, name, directory }) => {
  const manifest = manifestOf(directory);
  const isBundled = JSON.stringify(manifest.publishConfig?.exports ?? {}).includes('./bundle/');

  it('references exactly the workspace packages it depends on', () => {
    const wanted = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter((each) => each.startsWith(SCOPE))
      .toSorted();
    const { references = [] } = read(join(directory, 'tsconfig.json')) as { references?: { path: string }[] };
    const found = references.map(({ path }) => manifestOf(join(directory, path)).name).toSorted();
    expect(found).toEqual(wanted);
  });

  it('states licence and Node version, and takes outside versions from the catalog', () => {
    expect(manifest.license).toBe('MIT');
    expect(manifest.engines?.node).toBe('>=22.13');
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies };
    for (const [dependency, version] of Object.entries(all)) {
      expect(version, dependency).toMatch(dependency.startsWith(SCOPE) ? /^workspace:/ : /^catalog:/);
    }
  });

  it.skipIf(group === 'examples')('is named after its folder, ships what was built of it and has a README', () => {
    expect(manifest.name).toBe(`${SCOPE}${name}`);
    expect(manifest.files).toEqual(expect.arrayContaining(isBundled ? ['bundle', 'dist/**/*.d.ts'] : ['dist']));
    expect(JSON.stringify(manifest.publishConfig?.exports)).not.toContain('source');
    expect(readFileSync(join(directory, 'README.md'), 'utf8').split('\n').length).toBeGreaterThan(20);
  });

  it.skipIf(group === 'examples')('is published for all, signed by its build, and runs nothing when installed', () => {
    expect(manifest.publishConfig).toMatchObject({ access: 'public', provenance: true });
    expect(manifest.repository?.directory).toBe(`${group}/${name}`);
    expect(manifest.repository?.url).toMatch(/^git\+https:.*\.git$/);
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'postpack'];
    expect(Object.keys(manifest.scripts ?? {}).filter((script) => hooks.includes(script))).toEqual([]);
  });

  it.skipIf(group === 'examples')('is packed with the documentation of its version', () => {
    const scripts = [...(isBundled ? ['scripts/bundle.mjs'] : []), 'docs/package-docs.mjs'];
    expect(manifest.scripts?.['prepack']).toBe(scripts.map((script) => `node ../../${script} --here`).join(' && '));
    expect(manifest.files).toEqual(expect.arrayContaining(['docs', 'llms.txt']));
  });

  it.skipIf(!existsSync(join(directory, 'src/version.ts')))('tells the version of its package.json', () => {
    expect(readFileSync(join(directory, 'src/version.ts'), 'utf8')).toContain(`version = '${manifest.version}'`);
  });

  it.skipIf(group !== 'examples' || PROGRAMS.has(name))('is an example that is read in a few minutes', () => {
    const src = join(directory, 'src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const lines = files.map((file) => readFileSync(join(src, file), 'utf8').split('\n').length - 1);
    expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThan(150);
    expect(readFileSync(join(directory, 'README.md'), 'utf8')).toMatch(/^# /);
  });

  it.skipIf(group !== 'plugins')('says in its README with what it works, as its package.json does', () => {
    const ranges = Object.entries(manifest.peerDependencies ?? {})
      .filter(([peer]) => peer.startsWith(SCOPE))
      .map(([peer, range]) => `${peer.slice(SCOPE.length)} \`${range.replace('workspace:', '')}\``);
    const readme = readFileSync(join(directory, 'README.md'), 'utf8');
    expect(readme).toContain(`\nWorks with contract \`v1\`: ${ranges.join(' and ')}.\n`);
    expect(manifest.mao?.options, 'names the schema of its options').toMatch(/^\.\/dist\/index\.js#\w+Options$/);
  });

  it.skipIf(group !== 'plugins')(
    'knows contracts, and errors where it needs them, as peers and nothing else of ours',
    () => {
      const peers = Object.keys(manifest.peerDependencies ?? {}).filter((each) => each.startsWith(SCOPE));
      expect(peers).toContain(`${SCOPE}contracts`);
      expect(peers.filter((peer) => ![`${SCOPE}contracts`, `${SCOPE}errors`].includes(peer))).toEqual([]);
      expect(Object.keys(manifest.dependencies ?? {}).filter((each) => each.startsWith(SCOPE))).toEqual([]);
    },
  );
});

it('has every package in the solution of the root', () => {
  const { references } = read(join(root, 'tsconfig.json')) as { references: { path: string }[] };
  const wanted = members.map(({ directory }) => `./${relative(root, directory)}`).toSorted();
  expect(references.map(({ path }) => path).toSorted()).toEqual(wanted);
});

it('keeps download addresses out of the lockfile', () => {
  expect(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')).not.toContain('://');
});

it('loads a container in core alone', () => {
  for (const { directory } of members) {
    const manifest = manifestOf(directory);
    const usesContainer = Object.keys(manifest.dependencies ?? {}).includes('tsyringe');
    expect(usesContainer, manifest.name).toBe(manifest.name === `${SCOPE}core`);
  }
});
