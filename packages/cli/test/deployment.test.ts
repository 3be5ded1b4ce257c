import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSettings, fromFile } from '@master-orchestrator/config';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../src/cli/commands.js';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'docs/deployment');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly secrets?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly stop_grace_period?: string;
}

const compose = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
  readonly secrets: object;
};
const variables = new Set(configSettings().flatMap((setting) => setting.variables));
const services = Object.entries(compose.services);

/** Long flags of a command, `--no-` included. */
const flagsOf = (name: string): string[] =>
  (COMMANDS.find(({ path }) => path.join(' ') === name)?.options ?? []).flatMap(
    ({ flags }) => flags.match(/--[a-z-]+/g) ?? [],
  );

/** Refuses a command line that `mao` would refuse. */
function expectRuns([command = '', ...flags]: readonly string[]): void {
  expect(COMMANDS.map(({ path }) => path.join(' '))).toContain(command);
  for (const flag of flags) expect(flagsOf(command), `${command} ${flag}`).toContain(flag);
}

it('starts processes in compose.yaml with commands, flags and variables that exist', () => {
  const ours = services.filter(([, { build }]) => build !== undefined);
  expect(ours.map(([name]) => name)).toEqual(['api', 'worker']);
  for (const [name, { command = [], environment = {} }] of ours) {
    expectRuns(command);
    expect(
      Object.keys(environment).filter((variable) => !variables.has(variable)),
      name,
    ).toEqual([]);
    expect(environment['MAO_ENGINE']).toMatch(/^dbos:postgres:/);
  }
});

it('names in compose.yaml files, services, volumes and secrets that are there', () => {
  for (const [name, service] of services) {
    for (const other of Object.keys(service.depends_on ?? {})) expect(compose.services, name).toHaveProperty(other);
    for (const secret of service.secrets ?? []) expect(compose.secrets, name).toHaveProperty([secret]);
    for (const volume of service.volumes ?? []) {
      const [from = ''] = volume.split(':');
      if (from.startsWith('./')) expect(existsSync(join(folder, from)), volume).toBe(true);
      else expect(compose.volumes, volume).toHaveProperty([from]);
    }
    if (service.build !== undefined) {
      expect(join(folder, service.build.context)).toBe(root);
      expect(existsSync(join(folder, service.build.context, service.build.dockerfile))).toBe(true);
    }
  }
});

it('has a configuration without problems, and gives processes time to end', async () => {
  const config = await fromFile(join(folder, 'mao.config.yaml'), {});
  expect(config).toMatchObject({ profile: 'production', server: { auth: { enabled: true } } });
  const scraped = parse(read('prometheus.yml')) as {
    scrape_configs: [{ dns_sd_configs: [{ names: string[]; port: number }] }];
  };
  const { names, port } = scraped.scrape_configs[0].dns_sd_configs[0];
  expect(names).toEqual(['api', 'worker']);
  expect(config.server.allowedHosts).toEqual(names);
  expect(config.server.port).toBe(port);
  const seconds = Number.parseInt(compose.services['api']?.stop_grace_period ?? '', 10);
  expect(seconds * 1_000).toBeGreaterThan(config.shutdown.exitMs);
  const unitSeconds = Number(/TimeoutStopSec=(\d+)/.exec(read('mao.service'))?.[1]);
  expect(unitSeconds * 1_000).toBeGreaterThan(config.shutdown.exitMs);
});

it('builds an image that runs as nobody special, with variables and a port that exist', () => {
  const dockerfile = read('Dockerfile').replaceAll(/\\\n/g, ' ');
  const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(stages).toEqual(['node:24-bookworm-slim', 'node:24-bookworm-slim']);
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
  expect(last).toMatch(/^USER node$/m);
  expect(last.indexOf('\nUSER')).toBeLessThan(last.indexOf('\nENTRYPOINT'));
  expect(last).toContain('EXPOSE 6260');
  const used = [...last.matchAll(/\b(MAO_[A-Z_]+)=/g)].map(([, name = '']) => name);
  expect(used.length).toBe(3);
  expect(used.filter((name) => !variables.has(name))).toEqual([]);
  expectRuns(JSON.parse(/^CMD (\[.*\])$/m.exec(last)?.[1] ?? '[]') as string[]);
  const { bin } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as { bin: { mao: string } };
  expect(last).toContain(`/@master-orchestrator/cli/${bin.mao.replace('./', '')}`);
});

it('uses variables and a command in the unit of systemd that exist', ({ skip }) => {
  const unit = read('mao.service');
  const used = [...unit.matchAll(/\b(MAO_[A-Z_]+)=/g)].map(([, name = '']) => name);
  expect(used.filter((name) => !variables.has(name))).toEqual([]);
  expectRuns((/^ExecStart=\S+ \S+ (.*)$/m.exec(unit)?.[1] ?? '').split(' '));
  const analyze = '/usr/bin/systemd-analyze';
  skip(!existsSync(analyze) || !existsSync('/usr/bin/node'), 'needs systemd-analyze and /usr/bin/node');
  const checked = spawnSync(analyze, ['verify', join(folder, 'mao.service')], { encoding: 'utf8' });
  expect(checked.stderr.split('\n').filter((line) => line.includes('mao.service'))).toEqual([]);
});

it('mentions in its page commands, flags, variables and files that exist', () => {
  const page = read('README.md');
  for (const [, command = '', rest = ''] of page.matchAll(/^mao (\w+)([^#\n]*)/gm))
    expectRuns([
      command,
      ...rest
        .trim()
        .split(/ +/)
        .filter((word) => word !== ''),
    ]);
  const named = [...page.matchAll(/\b(MAO_[A-Z_]+|MAX_[A-Z_]+)\b/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !variables.has(name))).toEqual([]);
  const links = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(7);
  expect(links.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
});
