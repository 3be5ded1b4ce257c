import { OrchestratorError } from '@master-orchestrator/errors';
import { FAULT_KINDS, startFault } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { noSignal, rejectionOf, requestOf } from './support/requests.js';

const cases = FAULT_KINDS.filter((kind) => !kind.isOfTheRun).flatMap((kind) =>
  (['responses', 'chat'] as const).flatMap((api) => kind.modes.map((mode) => ({ kind, name: kind.name, api, mode }))),
);

describe.each(cases)('$name over $api, $mode', ({ kind, api, mode }) => {
  it(`is named ${kind.codes.join(' or ')}`, async () => {
    await using place = await startFault(kind);
    const provider = createOpenAIProvider({ apiKey: 'sk-test-key-0123456789', baseUrl: place.url, api });
    const settings = kind.limits === undefined ? {} : { limits: kind.limits };
    const onDelta = mode === 'stream' ? { onDelta: () => undefined } : {};
    const error = await rejectionOf(provider.respond(requestOf({ settings }), { ...noSignal(), ...onDelta }));
    await provider.dispose?.();
    expect(OrchestratorError.isInstance(error)).toBe(true);
    expect(kind.codes).toContain((error as OrchestratorError).code);
    expect(error).toMatchObject({ category: kind.category });
    expect((error as OrchestratorError).message).toContain(place.url);
  });
});

it('says that a repeat does no harm, since no tool of the call can have started', async () => {
  const kind = FAULT_KINDS.find(({ name }) => name === 'cut-at-chunk');
  if (kind === undefined) throw new Error('The kind of fault is gone.');
  await using place = await startFault(kind);
  const provider = createOpenAIProvider({ apiKey: 'sk-test-key-0123456789', baseUrl: place.url });
  const error = await rejectionOf(provider.respond(requestOf(), { ...noSignal(), onDelta: () => undefined }));
  await provider.dispose?.();
  expect(error).toMatchObject({ isRetryable: true, isReplaySafe: true });
});
