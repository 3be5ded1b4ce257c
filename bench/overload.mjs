// What a server does with three times the work it can do. Starts `mao serve` with a model on loopback that takes a known
// time for each answer, and drives it from many clients, one of them greedy, through chat completions, runs and tasks.
// Needs a build: tsc -b.
//
//   node bench/overload.mjs [--seconds 20] [--factor 3] [--agents 8] [--latency 250] [--queue 64]
//
// Prints what was served, refused and answered in any other way, how fast the health probes answered meanwhile, and how
// long it took until queue and latency were back to normal. Exit code 1 where a goal is missed.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions } from './arguments.mjs';

const values = readOptions({
  seconds: { type: 'string', default: '20' },
  factor: { type: 'string', default: '3' },
  agents: { type: 'string', default: '8' },
  latency: { type: 'string', default: '250' },
  queue: { type: 'string', default: '64' },
});
const [seconds, factor, agents, latencyMs, queue] = ['seconds', 'factor', 'agents', 'latency', 'queue'].map((name) =>
  Number(values[name]),
);
const GOALS = { probeMs: 100, recoverMs: 5_000 };
/** Clients that keep to their rate; every third request comes from one more that does not. */
const CLIENTS = 20;
/** Requests a minute that each client may send: more than its part of the load, less than the greedy one's. */
const RATE = Math.ceil((factor * agents * 1_000 * seconds) / latencyMs / CLIENTS) * 3;
const KINDS = ['chat', 'run', 'chat', 'task'];
const here = import.meta.dirname;
/** Who does the work: the agent that every project has. */
let agentId;

const folder = mkdtempSync(join(tmpdir(), 'overload-'));
const model = await startModel();
const server = await startServer(model.url);
try {
  process.exitCode = (await measure()) ? 0 : 1;
} finally {
  server.child.kill('SIGTERM');
  await server.ended;
  model.child.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const [warm, greedy, ...clients] = await makeKeys(CLIENTS + 2);
  agentId = (await call('GET', '/api/v1/agents', warm)).body.items[0].id;
  const capacity = await capacityOf(warm);
  const usualMs = await usualLatency(warm);
  await call('GET', '/health', warm); // the first report waits for the model; those after it have one to fall back on
  const prober = spawn(process.execPath, [join(here, 'probe.mjs'), JSON.stringify({ url: server.url, key: warm })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = await drive(capacity * factor, { greedy, clients });
  const back = timeToNormal(warm, usualMs);
  const settled = await Promise.all(answers);
  const { queueMs, latencyMs: calmMs } = await back;
  prober.stdin.end();
  const { results: probes, late } = JSON.parse(await text(prober.stdout));
  const lost = await lostRuns(settled, clients);
  return report({ capacity, usualMs, settled, lost, probes, late, queueMs, calmMs });
}

async function startModel() {
  const child = spawn(process.execPath, [join(here, 'server.mjs'), JSON.stringify({ turns: 0, latencyMs })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { child, url: `http://127.0.0.1:${String(port).trim()}/v1` };
}

async function startServer(baseUrl) {
  const config = {
    maxConcurrentAgents: agents,
    models: { openai: { baseUrl, api: 'chat', apiKey: 'bench' }, concurrency: { start: agents, highest: agents } },
    engine: { maxQueued: queue },
    server: { port: 0, auth: { enabled: true }, rateLimitPerMinute: RATE },
    logging: { level: 'error', format: 'json' },
  };
  writeFileSync(join(folder, 'mao.config.json'), JSON.stringify(config));
  const adminKey = randomBytes(24).toString('hex');
  const main = join(here, '..', 'packages', 'cli', 'dist', 'main.js');
  const child = spawn(process.execPath, [main, 'serve', '--json'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, MAO_ADMIN_KEY: adminKey },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const { status, url } = JSON.parse(line);
    if (status === 'ready') return { child, ended, url, adminKey };
  }
  throw new Error('mao serve ended before it was ready.');
}

async function makeKeys(count) {
  const keys = [];
  for (let at = 0; at < count; at += 1) {
    const { status, body } = await call('POST', '/api/v1/keys', server.adminKey, { name: `c${at}`, scope: 'operate' });
    if (status !== 201) throw new Error(`No key was made: ${status} ${JSON.stringify(body)}`);
    keys.push(body.key);
  }
  return keys;
}

/** Answers a second with as many callers as there are agents. */
async function capacityOf(key) {
  const endsAt = performance.now() + 3_000;
  let served = 0;
  const caller = async () => {
    while (performance.now() < endsAt) {
      const { status, body } = await chat(key);
      if (status !== 200) throw new Error(`The warm-up was answered ${status} ${JSON.stringify(body)}`);
      served += 1;
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: agents }, caller));
  return served / ((performance.now() - startedAt) / 1_000);
}

async function usualLatency(key) {
  const times = [];
  for (let at = 0; at < 5; at += 1) times.push((await chat(key)).ms);
  return quantile(times, 0.5);
}

/** Sends at a fixed rate, whatever comes back; gives the answers under way. */
async function drive(perSecond, { greedy, clients }) {
  const answers = [];
  const startedAt = performance.now();
  for (let sent = 0; performance.now() - startedAt < seconds * 1_000;) {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    for (; sent < due; sent += 1) {
      const key = sent % 3 === 0 ? greedy : clients[sent % clients.length];
      answers.push(ask(KINDS[sent % KINDS.length], key));
    }
    await sleep(5);
  }
  return answers;
}

async function ask(kind, key) {
  const startedAt = performance.now();
  const outcome = await send(kind, key).catch((error) => ({ status: `${error.cause?.code ?? error.message}` }));
  return { kind, ms: performance.now() - startedAt, ...outcome };
}

/** What became of one piece of work: the answer that ended it, and the task that goes on without its client. */
async function send(kind, key) {
  if (kind === 'chat') {
    const { status, wait, body } = await chat(key);
    return { status, wait, isServed: status === 200 && body.choices[0].message.content.startsWith('word0') };
  }
  const task = { description: 'Say something.', agentId };
  const made = await call('POST', kind === 'run' ? '/api/v1/runs' : '/api/v1/tasks', key, task);
  if (made.status === 202) return { status: 202, isServed: true, runId: made.body.id };
  if (made.status !== 201) return { status: made.status, wait: made.wait };
  const done = await call('POST', `/api/v1/tasks/${made.body.id}/execute`, key, { waitMs: 60_000 });
  return { status: done.status, wait: done.wait, isServed: done.status === 200 && done.body.status === 'completed' };
}

function chat(key) {
  const messages = [{ role: 'user', content: 'Say something.' }];
  return call('POST', '/v1/chat/completions', key, { model: 'assistant', messages });
}

async function call(method, path, key, body) {
  const startedAt = performance.now();
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  const ms = performance.now() - startedAt;
  return { status: response.status, wait: response.headers.get('retry-after'), body: answer, ms };
}

/** Milliseconds since the end of the load until nothing is queued, and until an answer takes no longer than usual. */
async function timeToNormal(key, usualMs) {
  const startedAt = performance.now();
  const since = () => performance.now() - startedAt;
  const [queueMs, calmMs] = await Promise.all([
    until(since, async () => {
      const { body } = await call('GET', '/api/v1/statistics', key);
      return body.tasks.queued + body.tasks.running <= 1;
    }),
    until(since, async () => {
      const { status, ms } = await chat(key);
      return status === 200 && ms <= usualMs * 2;
    }),
  ]);
  return { queueMs, latencyMs: calmMs };
}

async function until(since, isTrue) {
  while (since() < 60_000) {
    if (await isTrue()) return since();
    await sleep(100);
  }
  return Infinity;
}

/** Runs that were accepted and did not complete. */
async function lostRuns(settled, clients) {
  const runs = settled.flatMap(({ runId }) => (runId === undefined ? [] : [runId]));
  const found = await Promise.all(
    runs.map((id, at) => call('GET', `/api/v1/tasks/${id}`, clients[at % clients.length])),
  );
  return found.filter(({ body }) => body.status !== 'completed').length;
}

function report({ capacity, usualMs, settled, lost, probes, late, queueMs, calmMs }) {
  const served = settled.filter(({ isServed }) => isServed);
  const refused = settled.filter(({ status }) => status === 429 || status === 503);
  const others = settled.filter((one) => !one.isServed && !refused.includes(one));
  const unsaid = refused.filter(({ wait }) => !(Number(wait) > 0));
  const times = (list, quantiles) => quantiles.map((share) => `${Math.round(quantile(list, share))} ms`).join(', ');
  const goals = [];
  const line = (words, isMet) => {
    if (isMet !== undefined) goals.push(isMet);
    console.log(`${isMet === undefined ? '     ' : isMet ? 'ok   ' : 'MISS '}${words}`);
  };
  line(
    `Node ${process.version}: ${agents} agents, model ${latencyMs} ms, queue ${queue}; capacity ${capacity.toFixed(1)} a second, load ${factor} times that for ${seconds} s from ${CLIENTS + 1} clients`,
  );
  line(
    `${settled.length} sent, ${served.length} accepted, of which not served: ${lost}`,
    served.length > 0 && lost === 0,
  );
  const count = (code) => refused.filter(({ status }) => status === code).length;
  line(
    `${refused.length} refused (429: ${count(429)}, 503: ${count(503)}); without Retry-After: ${unsaid.length}`,
    unsaid.length === 0,
  );
  line(
    `other answers: ${others.length} ${[...new Set(others.map(({ status }) => status))].join(' ')}`,
    others.length === 0,
  );
  const chats = served.filter(({ kind }) => kind === 'chat').map(({ ms }) => ms);
  const turnedAway = refused.map(({ ms }) => ms);
  line(
    `a chat answer took ${times(chats, [0.5, 0.99])} (p50, p99; ${Math.round(usualMs)} ms without load), a refusal ${times(turnedAway, [0.5, 0.99])}`,
  );
  for (const { path, failures, ms } of probes) {
    const isMet = failures === 0 && quantile(ms, 0.99) < GOALS.probeMs;
    line(
      `${path}: ${ms.length} probes, ${times(ms, [0.5, 0.99, 1])} (p50, p99, max; goal p99 < ${GOALS.probeMs} ms), not 200: ${failures}`,
      isMet,
    );
  }
  line(`for comparison, the process that probes got its own turn late by ${times(late, [0.5, 0.99, 1])}`);
  const isBack = Math.max(queueMs, calmMs) <= GOALS.recoverMs;
  line(
    `normal again: queue after ${Math.round(queueMs)} ms, latency after ${Math.round(calmMs)} ms (goal ${GOALS.recoverMs} ms)`,
    isBack,
  );
  return goals.every(Boolean);
}

function quantile(list, share) {
  const sorted = list.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
