import type { ModelCallLimits } from '@master-orchestrator/contracts';
import { startOpenAIServer, virtualClock, type ScriptedAnswer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { AttemptWatch, DEFAULT_LIMITS, type Expiry } from '../src/transport/attempt-watch.js';
import { startSilentServer } from './support/silent-server.js';
import { noSignal, providerOf, rejectionOf, requestOf } from './support/requests.js';

interface Case {
  readonly name: string;
  readonly answer: ScriptedAnswer;
  readonly limits: ModelCallLimits;
  readonly isStream: boolean;
  readonly limit: string;
}

const CASES: readonly Case[] = [
  {
    name: 'headers',
    answer: { fault: { kind: 'silence' } },
    limits: { headersMs: 60 },
    isStream: false,
    limit: 'headers',
  },
  {
    name: 'first token',
    answer: { text: 'Hi', fault: { kind: 'silence', when: 'after-headers' } },
    limits: { firstTokenMs: 60, silenceMs: 10_000 },
    isStream: true,
    limit: 'first-token',
  },
  {
    name: 'silence in a stream',
    answer: {
      text: 'Hello to everybody in this room.',
      chunkSize: 4,
      fault: { kind: 'silence', when: 'in-body', afterChunks: 7 },
    },
    limits: { silenceMs: 60 },
    isStream: true,
    limit: 'silence',
  },
  {
    name: 'silence in a plain body',
    answer: { text: 'Hi', fault: { kind: 'silence', when: 'in-body' } },
    limits: { silenceMs: 60 },
    isStream: false,
    limit: 'silence',
  },
  {
    name: 'the whole attempt, however steadily bytes come',
    answer: { text: 'Hi', fault: { kind: 'trickle', bytesPerSecond: 100 } },
    limits: { attemptMs: 150, silenceMs: 10_000 },
    isStream: false,
    limit: 'attempt',
  },
];

describe.each(CASES)('the limit for $name', ({ answer, limits, isStream, limit }) => {
  it.each(['options', 'request'] as const)('holds, given with the %s', async (place) => {
    await using server = await startOpenAIServer({ script: () => answer });
    const provider = providerOf(server, place === 'options' ? { limits } : {});
    const settings = place === 'request' ? { limits } : {};
    const onDelta = isStream ? { onDelta: () => undefined } : {};
    const error = await rejectionOf(provider.respond(requestOf({ settings }), { ...noSignal(), ...onDelta }));
    await provider.dispose?.();
    expect(error).toMatchObject({ code: 'RESPONSE_TIMEOUT', isReplaySafe: true, details: { limit } });
  });
});

it('holds the limit for connecting where nobody takes the connection', async () => {
  await using silent = await startSilentServer();
  const provider = createOpenAIProvider({ baseUrl: `https://127.0.0.1:${silent.port}/v1`, limits: { connectMs: 80 } });
  const error = await rejectionOf(provider.respond(requestOf(), noSignal()));
  await expect.poll(() => silent.openSockets).toBe(0);
  await provider.dispose?.();
  expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', isReplaySafe: true });
});

describe('the watch over an attempt', () => {
  const watched = (limits: ModelCallLimits = {}) => {
    const clock = virtualClock();
    const expired: Expiry[] = [];
    const watch = new AttemptWatch(clock, { ...DEFAULT_LIMITS, ...limits }, (expiry) => void expired.push(expiry));
    return { clock, watch, expired };
  };

  it('has one timer, whatever happens, and none after it stopped', () => {
    const { clock, watch, expired } = watched();
    watch.enter('headersMs', 60_000);
    watch.extend('firstTokenMs', 120_000);
    watch.enter('silenceMs', 60_000);
    for (let n = 0; n < 100; n++) {
      clock.advance(1_000);
      watch.touch();
      expect(clock.pendingTimers).toBe(1);
    }
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(expired).toEqual([]);
  });

  it('ends a silence that is as long as its limit, counted from the last byte', () => {
    const { clock, watch, expired } = watched({ silenceMs: 1_000 });
    watch.enter('silenceMs', 1_000);
    clock.advance(900);
    watch.touch();
    clock.advance(990);
    expect(expired).toEqual([]);
    clock.advance(20);
    expect(expired).toEqual([{ limit: 'silenceMs', limitMs: 1_000 }]);
  });

  it('counts the first token from the moment the request went out', () => {
    const { clock, watch, expired } = watched();
    watch.enter('headersMs', 60_000);
    clock.advance(50_000);
    watch.extend('firstTokenMs', 70_000);
    clock.advance(19_000);
    watch.touch();
    expect(expired).toEqual([]);
    clock.advance(2_000);
    expect(expired).toEqual([{ limit: 'firstTokenMs', limitMs: 70_000 }]);
  });

  it('ends the attempt at its limit although every other limit is kept', () => {
    const { clock, watch, expired } = watched({ attemptMs: 5_000 });
    watch.enter('silenceMs', 60_000);
    for (let n = 0; n < 4; n++) {
      clock.advance(1_000);
      watch.touch();
    }
    expect(expired).toEqual([]);
    clock.advance(1_100);
    expect(expired).toEqual([{ limit: 'attemptMs', limitMs: 5_000 }]);
  });
});
