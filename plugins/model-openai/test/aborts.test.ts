import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { OrchestratorError } from '@master-orchestrator/errors';
import { startOpenAIServer, type ScriptedAnswer } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { startSilentServer } from './support/silent-server.js';
import { noSignal, providerOf, rejectionOf, requestOf } from './support/requests.js';

const SLOW: ScriptedAnswer = {
  text: 'A rather long answer that comes in many small pieces.',
  chunkSize: 3,
  chunkDelayMs: 2,
};

it('asks nothing where the signal is aborted already', async () => {
  await using server = await startOpenAIServer();
  const provider = providerOf(server);
  await expect(provider.respond(requestOf(), { signal: AbortSignal.abort('user') })).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  await provider.dispose?.();
  expect(server.requests).toHaveLength(0);
});

it('is rejected with the limit of the caller where that is why it was aborted', async () => {
  await using server = await startOpenAIServer({ script: () => ({ fault: { kind: 'silence' } }) });
  const provider = providerOf(server);
  const abort = new AbortController();
  const call = provider.respond(requestOf(), { signal: abort.signal });
  setTimeout(() => abort.abort(new OrchestratorError('DEADLINE_EXCEEDED', 'The deadline has passed.')), 30);
  await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  await provider.dispose?.();
});

describe.each(['responses', 'chat'] as const)('aborted at any point over %s', (api) => {
  it('is cancelled at once and leaves no socket, timer or listener', async () => {
    await using server = await startOpenAIServer({ script: () => SLOW });
    const opened: Socket[] = [];
    const note = (message: unknown): void => void opened.push((message as { readonly socket: Socket }).socket);
    subscribe('net.client.socket', note);
    const provider = providerOf(server, { api });
    const points = fc.record({ afterMs: fc.integer({ min: 0, max: 60 }), isStream: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(points, async ({ afterMs, isStream }) => {
        const abort = new AbortController();
        const onDelta = isStream ? { onDelta: () => undefined } : {};
        const call = provider.respond(requestOf(), { signal: abort.signal, ...onDelta });
        const settled = call.then(
          () => 'answered',
          (error: unknown) => error,
        );
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        abort.abort();
        const outcome = await settled;
        if (outcome !== 'answered') expect(outcome).toMatchObject({ code: 'CANCELLED' });
        expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
      }),
      { numRuns: 40 },
    );
    await provider.dispose?.();
    await expect.poll(() => server.openSockets, { timeout: 5_000 }).toBe(0);
    await expect.poll(() => opened.filter((socket) => !socket.destroyed)).toEqual([]);
    unsubscribe('net.client.socket', note);
  });
});

it('destroys the socket of a call that is aborted in mid-stream', async () => {
  await using server = await startOpenAIServer({ script: () => SLOW });
  const provider = providerOf(server);
  const abort = new AbortController();
  const call = provider.respond(requestOf(), { signal: abort.signal, onDelta: () => abort.abort() });
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect.poll(() => server.requests[0]?.wasAborted).toBe(true);
  await expect.poll(() => server.openSockets).toBe(0);
  await provider.dispose?.();
});

it('leaves the line at once when it is aborted while it waits for a socket', async () => {
  await using server = await startOpenAIServer({ script: () => ({ text: 'Hi', delayMs: 150 }) });
  const provider = providerOf(server, { connections: 1 });
  const first = provider.respond(requestOf(), noSignal());
  const abort = new AbortController();
  const second = provider.respond(requestOf(), { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  const outcome = await Promise.race([rejectionOf(second), first]);
  expect(outcome).toMatchObject({ code: 'CANCELLED' });
  await first;
  await provider.dispose?.();
  expect(server.requests).toHaveLength(1);
});

it('does not wait for a key that nobody hands out', async () => {
  await using server = await startOpenAIServer();
  const provider = providerOf(server, { apiKey: () => new Promise<string>(() => undefined) });
  const abort = new AbortController();
  const call = provider.respond(requestOf(), { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  await provider.dispose?.();
  expect(server.requests).toHaveLength(0);
});

it('does not wait for a connection that nobody takes', async () => {
  await using silent = await startSilentServer();
  const provider = createOpenAIProvider({ baseUrl: `https://127.0.0.1:${silent.port}/v1` });
  const abort = new AbortController();
  const call = provider.respond(requestOf(), { signal: abort.signal });
  const ended = rejectionOf(call);
  await expect.poll(() => silent.openSockets).toBe(1);
  abort.abort();
  expect(await ended).toMatchObject({ code: 'CANCELLED' });
  await expect.poll(() => silent.openSockets).toBe(0);
  await provider.dispose?.();
});
