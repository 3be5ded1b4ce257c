import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ModelDelta, ModelProvider } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { FAULT_KINDS, type FaultKind } from '../fault-kinds.js';
import type { OpenAIServer } from '../openai-server/openai-server.js';
import type { RecordedRequest, ScriptedAnswer } from '../openai-server/scripted-answer.js';
import { startFault } from '../start-fault.js';
import { show } from './check.js';
import type { ModelRule } from './model-answer-checks.js';
import { API_KEY, textOf, userMessage, type ModelTrial } from './model-trial.js';

/** Time in which an abort must have reached everything, in milliseconds. */
const PROMPT_MS = 1_000;

/** How a provider must behave around an answer. */
export const CONDUCT_RULES: readonly ModelRule[] = [
  {
    rule: 'model-shape',
    holds: 'says who it is without asking the service',
    why: 'Routing, breakers and limiters go by name and origin before the first call.',
    fix: 'Give name (letters, digits, "-"), origin (no key in it), and a describe() that returns what is known, perhaps nothing.',
    run: (trial) => trial.with({}, hasShape),
  },
  {
    rule: 'model-abort',
    holds: 'ends at once when its signal is aborted, and closes the connection',
    why: 'A call that goes on after a cancel costs money and holds a slot.',
    fix: 'Hand the signal to the request and to the reading of the body; reject with CANCELLED, or with the reason where it is an OrchestratorError.',
    run: async (trial) => {
      await startsNothingWhenAborted(trial);
      await endsWhenAborted(trial, false);
      await endsWhenAborted(trial, true);
    },
  },
  {
    rule: 'model-no-retry',
    holds: 'asks once and leaves repeating to the host',
    why: 'Two layers that both retry multiply the load on a service that is down.',
    fix: "Turn off the client's own retries.",
    run: (trial) =>
      trial.with({ script: () => ({ status: 500 }) }, async (provider, server) => {
        await failureOf(trial.ask(provider, false));
        assert.equal(server.requests.length, 1, `one call made ${server.requests.length} requests`);
      }),
  },
  {
    rule: 'model-retry-after',
    holds: 'hands on how long the service asks to wait',
    why: 'The host waits as told; without it, it comes back too early, again and again.',
    fix: 'Set retryAfterMs from retry-after-ms, retry-after or the rate limit headers.',
    run: (trial) => tellsRetryAfter(trial),
  },
  {
    rule: 'model-secrets',
    holds: 'keeps its key out of every error',
    why: 'Errors go to logs, events, dead letters and the API.',
    fix: 'Leave headers and request bodies out of messages, details and causes.',
    run: (trial) => keepsKey(trial),
  },
  {
    rule: 'model-state',
    holds: 'keeps calls apart that run at once',
    why: 'Hundreds of agents share one provider.',
    fix: 'Keep no state of a call on the provider.',
    run: (trial) => keepsCallsApart(trial),
  },
  {
    rule: 'model-dispose',
    holds: 'leaves no connection open when it is disposed of',
    why: 'An open connection keeps the process alive after the last task.',
    fix: 'Close the pool in dispose().',
    run: async (trial) => {
      let server: OpenAIServer | undefined;
      await trial.with({ script: () => ({ text: 'x' }) }, async (provider, started) => {
        server = started;
        await trial.ask(provider, false);
        await provider.dispose?.();
        await until(() => started.openSockets === 0, `${started.openSockets} connections are still open`);
      });
      assert.equal(server?.openSockets, 0);
    },
  },
];

/** One rule for each kind of fault: its code, its category, and no second request. */
export const FAULT_RULES: readonly ModelRule[] = FAULT_KINDS.filter(({ isOfTheRun }) => !isOfTheRun).map((kind) => ({
  rule: `model-fault-${kind.name}`,
  holds: `names the fault: ${kind.what}`,
  why: 'Code and category choose how the run recovers.',
  fix: `Reject with ${kind.codes.join(' or ')}, category ${kind.category}; classify() of @master-orchestrator/errors does it.`,
  run: (trial) => namesFault(trial, kind),
}));

async function hasShape(provider: ModelProvider, server: OpenAIServer): Promise<void> {
  assert.match(provider.name, /^[a-z0-9][a-z0-9-]*$/i, 'the name cannot stand before a colon');
  assert.ok(provider.origin.length > 0 && !provider.origin.includes(API_KEY), 'the origin is empty or holds the key');
  assert.ok(provider.credentialId?.includes(API_KEY) !== true, 'credentialId holds the key');
  assert.equal(typeof provider.describe('a-model-nobody-knows'), 'object', 'describe() gave no object');
  assert.equal(server.requests.length, 0, 'it asked the service unasked');
  await Promise.resolve();
}

async function startsNothingWhenAborted(trial: ModelTrial): Promise<void> {
  await trial.with({ script: () => ({ text: 'x' }) }, async (provider, server) => {
    const error = await failureOf(trial.ask(provider, false, {}, AbortSignal.abort()));
    assert.equal(error.code, 'CANCELLED', `an aborted signal gave ${error.code}`);
    assert.equal(server.requests.length, 0, 'a request left although the signal was aborted');
  });
}

async function endsWhenAborted(trial: ModelTrial, isStream: boolean): Promise<void> {
  const answer = { text: 'word '.repeat(200), ...(isStream ? { chunkDelayMs: 20 } : { delayMs: 60_000 }) };
  await trial.with({ script: () => answer }, async (provider, server) => {
    const controller = new AbortController();
    let deltas = 0;
    const onDelta = (_delta: ModelDelta): void => void (deltas += 1);
    const call = provider.respond(trial.request(), { signal: controller.signal, ...(isStream ? { onDelta } : {}) });
    const failed = failureOf(call);
    await until(() => server.requests.length === 1 && (!isStream || deltas > 0), 'no answer began');
    controller.abort(new OrchestratorError('DEADLINE_EXCEEDED', 'The deadline of the check has passed.'));
    const error = await Promise.race([failed, delay(PROMPT_MS, undefined, { ref: false })]);
    assert.ok(error !== undefined, `the call had not ended ${PROMPT_MS} ms after the abort`);
    assert.ok(['CANCELLED', 'DEADLINE_EXCEEDED'].includes(error.code), `the abort gave ${error.code}`);
    const seen = deltas;
    await until(() => server.requests[0]?.wasAborted === true, 'the connection stayed open after the abort');
    assert.equal(deltas, seen, 'deltas came after the abort');
  });
}

async function namesFault(trial: ModelTrial, kind: FaultKind): Promise<void> {
  for (const mode of kind.modes) {
    await using endpoint = await startFault(kind);
    const { provider, close } = await trial.open(endpoint.url);
    try {
      const settings = kind.limits === undefined ? {} : { limits: kind.limits };
      const error = await failureOf(trial.ask(provider, mode === 'stream', { settings }));
      const found = `${mode}: ${error.code} of ${error.category} (${error.message})`;
      assert.ok(kind.codes.includes(error.code), `${found}; wanted ${kind.codes.join(' or ')}`);
      assert.equal(error.category, kind.category, found);
      const requests = endpoint.server?.requests.length ?? 1;
      assert.equal(requests, 1, `${mode}: one call made ${requests} requests`);
    } finally {
      await close();
    }
  }
}

async function tellsRetryAfter(trial: ModelTrial): Promise<void> {
  const cases: readonly (readonly [Readonly<Record<string, string>>, number, number])[] = [
    [{ 'retry-after-ms': '1500' }, 1_500, 1_500],
    [{ 'retry-after': '7' }, 7_000, 7_000],
    [{ 'retry-after': '86400' }, 86_400_000, 86_400_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000, 360_000],
    [{ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }, 50_000, 61_000],
  ];
  for (const [headers, least, most] of cases) {
    await trial.with({ script: () => ({ status: 429, headers }) }, async (provider) => {
      const { retryAfterMs } = await failureOf(trial.ask(provider, false));
      const isRight = retryAfterMs !== undefined && retryAfterMs >= least && retryAfterMs <= most;
      assert.ok(isRight, `${show(headers)} gave retryAfterMs ${show(retryAfterMs)}`);
    });
  }
}

async function keepsKey(trial: ModelTrial): Promise<void> {
  for (const name of ['http-401', 'http-500', 'html', 'refused', 'reset-before-headers']) {
    const kind = FAULT_KINDS.find((each) => each.name === name);
    if (kind === undefined) continue;
    await using endpoint = await startFault(kind);
    const { provider, close } = await trial.open(endpoint.url);
    try {
      const error = await failureOf(trial.ask(provider, false));
      assert.ok(!everythingIn(error).includes(API_KEY), `the key stands in the error of ${name}`);
    } finally {
      await close();
    }
  }
}

async function keepsCallsApart(trial: ModelTrial): Promise<void> {
  await trial.with({ script: numbered }, async (provider) => {
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const { response } = await trial.ask(provider, number % 2 === 0, {
          items: [userMessage(`question ${number}`)],
        });
        return textOf(response.items);
      }),
    );
    assert.deepEqual(
      texts,
      Array.from({ length: 20 }, (_, number) => `answer ${number}`),
    );
  });
}

/** Answers each question with its number, later ones not always later. */
function numbered({ rawBody }: RecordedRequest): ScriptedAnswer {
  const number = /question (\d+)/.exec(rawBody)?.[1] ?? 'none';
  return { text: `answer ${number}`, delayMs: (Number(number) * 7) % 20 };
}

/** The classified error of a call; fails where the call works, or rejects with something else. */
async function failureOf(call: Promise<unknown>): Promise<OrchestratorError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error !== undefined, 'the call gave an answer where it should have failed');
  if (!OrchestratorError.isInstance(error))
    throw new Error(`It rejected with an error without a code: ${show(error)}.`);
  return error;
}

/** All text an error carries, its causes included. */
function everythingIn(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 6) return typeof error === 'string' ? error : show(error);
  const fields = Object.values(error).map((value) => (value === error ? '' : safeJson(value)));
  return [error.message, error.stack ?? '', ...fields, everythingIn(error.cause, depth + 1)].join('\n');
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

async function until(holds: () => boolean, otherwise: string): Promise<void> {
  const endAt = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > endAt) throw new Error(`${otherwise}.`);
    await delay(5);
  }
}
