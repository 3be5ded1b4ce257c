// Asks the health probes of a server over and over, in a process of its own, so that the work of the program that makes the
// load does not count. `node probe.mjs '{"url":"http://127.0.0.1:6260","key":"mao_…"}'` prints the times once its input ends.
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 50;
const PATHS = ['/livez', '/readyz', '/health'];
const { url, key } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true });
const over = new AbortController();
process.stdin.on('end', () => over.abort()).resume();

const late = [];
const watching = watch();
const results = await Promise.all(PATHS.map(probe));
await watching;
agent.destroy();
process.stdout.write(JSON.stringify({ results, late }));

async function probe(path) {
  const seen = { path, failures: 0, ms: [] };
  while (!over.signal.aborted) {
    const startedAt = performance.now();
    if ((await statusOf(path)) !== 200) seen.failures += 1;
    seen.ms.push(performance.now() - startedAt);
    await sleep(EVERY_MS);
  }
  return seen;
}

/** How late this process itself gets its turn: what the machine adds to every time, whatever the server does. */
async function watch() {
  while (!over.signal.aborted) {
    const startedAt = performance.now();
    await sleep(EVERY_MS);
    late.push(performance.now() - startedAt - EVERY_MS);
  }
}

function statusOf(path) {
  return new Promise((resolve) => {
    get(`${url}${path}`, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    }).on('error', () => resolve(undefined));
  });
}
