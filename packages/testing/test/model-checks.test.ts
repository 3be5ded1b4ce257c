import type { ModelProvider, ModelRequest, ModelResponse, PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { describe, expect, it } from 'vitest';
import { describeModelPlugin, modelPluginChecks, runChecks, type CreateModel, type ModelPlace } from '../src/index.js';
import { smallProvider } from './small-provider.js';

type Options = Parameters<ModelProvider['respond']>[1];
type Respond = (
  inner: ModelProvider,
  request: ModelRequest,
  options: Options,
  place: ModelPlace,
) => Promise<ModelResponse>;

await describeModelPlugin(smallProvider, { name: 'small' });

/** The small provider with another `respond`. */
const broken =
  (respond: Respond, changes: object = {}): CreateModel =>
  (place) => {
    const inner = smallProvider(place);
    return { ...inner, respond: (request, options) => respond(inner, request, options, place), ...changes };
  };

const edited = (edit: (response: ModelResponse) => Partial<ModelResponse>): CreateModel =>
  broken(async (inner, request, options) => {
    const response = await inner.respond(request, options);
    return { ...response, ...edit(response) };
  });

const failed = (edit: (error: OrchestratorError, place: ModelPlace) => Error): CreateModel =>
  broken(async (inner, request, options, place) => {
    try {
      return await inner.respond(request, options);
    } catch (error) {
      throw edit(error as OrchestratorError, place);
    }
  });

/** Whether the check of a rule fails. */
async function fails(create: CreateModel, rule: string): Promise<string | undefined> {
  const [report] = await runChecks(modelPluginChecks(create).filter((check) => check.rule === rule));
  return report?.found;
}

const deaf = new AbortController().signal;

describe('modelPluginChecks', () => {
  it.each<[string, CreateModel]>([
    ['model-text', edited(({ items }) => ({ items: items.slice(1) }))],
    ['model-text', edited(({ usage }) => ({ usage: { ...usage, outputTokens: 0 } }))],
    [
      'model-deltas',
      broken((inner, request, { signal, onDelta }) =>
        inner.respond(request, {
          signal,
          ...(onDelta === undefined ? {} : { onDelta: (delta) => [1, 2].forEach(() => onDelta(delta)) }),
        }),
      ),
    ],
    ['model-tool-calls', edited(({ items }) => ({ items: items.slice(0, -1) }))],
    ['model-tool-calls', edited(() => ({ finish: 'stop' }))],
    [
      'model-raw-arguments',
      edited(({ items }) => ({
        items: items.map((item) =>
          item.type === 'tool-call' ? { ...item, arguments: JSON.stringify(JSON.parse(item.arguments)) } : item,
        ),
      })),
    ],
    [
      'model-transcript',
      broken((inner, request, options) =>
        inner.respond(
          { ...request, items: request.items.filter((item) => item.type !== 'tool-result' || item.isError !== true) },
          options,
        ),
      ),
    ],
    ['model-tools', broken((inner, { toolChoice: _dropped, ...request }, options) => inner.respond(request, options))],
    [
      'model-output-schema',
      broken((inner, { outputSchema: _dropped, ...request }, options) => inner.respond(request, options)),
    ],
    ['model-usage', edited(({ usage }) => ({ usage: { ...usage, cachedInputTokens: 0 } }))],
    ['model-finish', edited(() => ({ finish: 'stop' }))],
    ['model-shape', (place) => ({ ...smallProvider(place), name: 'my provider' })],
    ['model-shape', (place) => ({ ...smallProvider(place), credentialId: place.apiKey })],
    ['model-abort', broken((inner, request, options) => inner.respond(request, { ...options, signal: deaf }))],
    [
      'model-no-retry',
      broken((inner, request, options) => inner.respond(request, options).catch(() => inner.respond(request, options))),
    ],
    ['model-retry-after', failed(({ code, message }) => new OrchestratorError(code, message))],
    [
      'model-secrets',
      failed(
        ({ code, message }, { apiKey }) =>
          new OrchestratorError(code, message, { cause: { sent: { authorization: apiKey } } }),
      ),
    ],
    ['model-fault-http-500', failed(({ message }) => new Error(message))],
    ['model-fault-http-429-quota', failed(({ message }) => new OrchestratorError('RATE_LIMITED', message))],
  ])('finds what breaks %s', async (rule, create) => {
    expect(await fails(create, rule)).toBeTypeOf('string');
  });

  it('finds a provider that mixes up calls', async () => {
    const create: CreateModel = (place) => {
      const inner = smallProvider(place);
      let last: ModelRequest | undefined;
      const respond: ModelProvider['respond'] = async (request, options) => {
        last = request;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return inner.respond(last, options);
      };
      return { ...inner, respond };
    };
    expect(await fails(create, 'model-state')).toContain('answer');
  });

  it('takes a plugin as well, and disposes of it', async () => {
    let closed = 0;
    const create = (place: ModelPlace): PluginV1 => ({
      specificationVersion: 'v1',
      name: '@acme/model-small',
      version: '1.0.0',
      contributes: { models: [smallProvider(place)] },
      dispose: async () => void (closed += 1),
    });
    expect(await fails(create, 'model-text')).toBeUndefined();
    expect(closed).toBe(1);
    expect(
      await fails(() => ({ ...create({ url: 'http://x/v1', apiKey: '' }), contributes: {} }), 'model-text'),
    ).toContain('adds no model');
  });

  it('leaves out what is skipped', () => {
    const rules = modelPluginChecks(smallProvider, { skip: ['model-fault-dns'] }).map(({ rule }) => rule);
    expect(rules).not.toContain('model-fault-dns');
    expect(rules).toContain('model-fault-tls');
  });
});
