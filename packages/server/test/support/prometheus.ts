import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Why a test is left out on this machine. */
export const NO_PROMETHEUS = 'needs the programs prometheus and promtool: apt-get install prometheus';

/** Where a program of Prometheus lies; `undefined` where it is not installed. */
export function prometheusProgram(name: 'prometheus' | 'promtool'): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** What a program said and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs promtool to its end with a text on its standard input. */
export function promtool(args: readonly string[], input = ''): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(prometheusProgram('promtool') ?? 'promtool', args);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.end(input);
  });
}

/** A sample that Prometheus holds. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus on loopback that scrapes one server every second. */
export interface RunningPrometheus extends AsyncDisposable {
  /** What an expression gives now. */ query(expression: string): Promise<Sample[]>;
  /** Waits until an expression gives something that fits. */
  queryUntil(expression: string, fits: (samples: Sample[]) => boolean): Promise<Sample[]>;
  /** How the last scrape of each target went. */ targets(): Promise<{ health: string; lastError: string }[]>;
}

/** Starts the real thing with a configuration and a store of its own in a temporary folder. */
export async function startPrometheus(target: { host: string; key: string }): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'mao-prometheus-'));
  const file = join(folder, 'prometheus.yml');
  const scrape = {
    job_name: 'mao',
    scrape_interval: '1s',
    scrape_timeout: '1s',
    authorization: { credentials: target.key },
    static_configs: [{ targets: [target.host] }],
  };
  await writeFile(file, JSON.stringify({ scrape_configs: [scrape] })); // JSON is YAML
  const port = await freePort();
  const child = spawn(prometheusProgram('prometheus') ?? 'prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const api = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  const query = async (expression: string): Promise<Sample[]> => {
    const { result } = (await api(`query?query=${encodeURIComponent(expression)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  await until(
    async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
    () => log,
  );
  return {
    query,
    queryUntil: (expression, fits) =>
      until(
        async () => {
          const samples = await query(expression);
          return fits(samples) ? samples : undefined;
        },
        () => `${expression}\n${log}`,
      ),
    targets: async () =>
      ((await api('targets')) as { activeTargets: { health: string; lastError: string }[] }).activeTargets,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function until<T>(look: () => Promise<T | undefined | false>, why: () => string): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Nothing came in time: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
