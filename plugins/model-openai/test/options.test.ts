import { startOpenAIServer } from '@master-orchestrator/testing';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { createOpenAIProvider, type OpenAIProviderOptions } from '../src/index.js';
import { azureEndpoint, plainEndpoint } from '../src/endpoint.js';
import { noSignal, providerOf, rejectionOf, requestOf } from './support/requests.js';

const KEY = 'sk-test-key-0123456789';

describe('a key', () => {
  it.each([undefined, '', '   '])('that is %j is missed before any call, with what to set', (apiKey) => {
    const options = apiKey === undefined ? {} : { apiKey };
    expect(() => createOpenAIProvider(options)).toThrow(
      expect.objectContaining({ code: 'CREDENTIAL_MISSING', message: expect.stringMatching(/apiKey.*OPENAI_API_KEY/) }),
    );
  });

  it('is missed with the name of the Azure option', () => {
    const azure = { endpoint: 'https://x.openai.azure.com', apiVersion: 'v1' };
    expect(() => createOpenAIProvider({ azure })).toThrow(
      expect.objectContaining({ code: 'CREDENTIAL_MISSING', message: expect.stringContaining('azure.apiKey') }),
    );
  });

  it('is not needed at a compatible server, which then gets none', async () => {
    await using server = await startOpenAIServer({ script: [{ text: 'Hi' }] });
    const provider = createOpenAIProvider({ baseUrl: server.url });
    await provider.respond(requestOf(), noSignal());
    await provider.dispose?.();
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(provider.credentialId).toBeUndefined();
  });

  it('is asked for with each call where a function gives it', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    let turn = 0;
    const provider = providerOf(server, { apiKey: async () => `token-number-${turn++}` });
    expect(provider.credentialId).toBeUndefined();
    await provider.respond(requestOf(), noSignal());
    const first = provider.credentialId;
    await provider.respond(requestOf(), noSignal());
    await provider.dispose?.();
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer token-number-0',
      'Bearer token-number-1',
    ]);
    expect(provider.credentialId).not.toBe(first);
  });

  it('that its function cannot give ends the call', async () => {
    await using server = await startOpenAIServer();
    const failing = providerOf(server, { apiKey: () => Promise.reject(new Error('vault is sealed')) });
    await expect(failing.respond(requestOf(), noSignal())).rejects.toMatchObject({ code: 'CREDENTIAL_MISSING' });
    const empty = providerOf(server, { apiKey: () => '' });
    await expect(empty.respond(requestOf(), noSignal())).rejects.toMatchObject({ code: 'CREDENTIAL_MISSING' });
    expect(server.requests).toHaveLength(0);
  });

  it('with a line break is refused, one around it is dropped', () => {
    expect(() => createOpenAIProvider({ apiKey: 'sk-one\nsk-two' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    const clean = createOpenAIProvider({ apiKey: KEY });
    expect(createOpenAIProvider({ apiKey: `${KEY}\n` }).credentialId).toBe(clean.credentialId);
  });

  it('has an id that says nothing of it and tells keys apart', () => {
    const { credentialId } = createOpenAIProvider({ apiKey: KEY });
    expect(credentialId).toMatch(/^[0-9a-f]{12}$/);
    expect(createOpenAIProvider({ apiKey: `${KEY}x` }).credentialId).not.toBe(credentialId);
  });

  it.each([
    { apiKey: 'sk-wrong-key-0123456789wxyz', shown: 'wxyz' },
    { apiKey: 'plainsecretword-without-prefix-wxyz', shown: 'wxyz' },
    { apiKey: 'short-wxyz', shown: undefined },
  ])('that is wrong is told by provider, address, status and at most its end ($apiKey)', async ({ apiKey, shown }) => {
    await using server = await startOpenAIServer({
      script: () => ({
        status: 401,
        error: { error: { message: `Incorrect API key provided: ${apiKey}.`, code: 'invalid_api_key' } },
      }),
    });
    const provider = providerOf(server, { name: 'my-openai', apiKey });
    const error = await rejectionOf(provider.respond(requestOf(), noSignal()));
    await provider.dispose?.();
    expect(error).toMatchObject({
      code: 'CREDENTIAL_REJECTED',
      isRetryable: false,
      breakerKey: `credential:${provider.credentialId}`,
      details: { status: 401 },
    });
    const told = `${JSON.stringify(error)} ${(error as Error).message} ${(error as Error).stack}`;
    expect(told).toContain('my-openai');
    expect(told).toContain(server.url);
    expect(told).not.toContain(apiKey);
    expect(told).not.toContain(apiKey.slice(0, 9));
    if (shown !== undefined) expect((error as Error).message).toContain(`"${shown}"`);
    else expect((error as Error).message).not.toContain('wxyz');
  });
});

describe('options', () => {
  it.each<OpenAIProviderOptions>([
    { baseUrl: 'localhost:11434' },
    { baseUrl: 'ftp://host/v1' },
    { baseUrl: 'https://user:secret@host/v1' },
    { name: 'a:b' },
    { name: '' },
    { connections: 0 },
    { limits: { headersMs: -1 } },
    { limits: { silenceMs: Number.NaN } },
    { maxResponseBytes: 1.5 },
    { baseUrl: 'https://host/v1', azure: { endpoint: 'https://x.openai.azure.com', apiVersion: 'v1', apiKey: KEY } },
    { azure: { endpoint: 'https://x.openai.azure.com', apiVersion: ' ', apiKey: KEY } },
  ])('%j are refused, and nothing secret is told', (options) => {
    const error = (() => {
      try {
        return createOpenAIProvider({ apiKey: KEY, ...options });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).not.toContain('secret');
  });

  it('choose Responses at OpenAI and Azure, Chat Completions elsewhere', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    const provider = providerOf(server);
    await provider.respond(requestOf(), noSignal());
    await provider.dispose?.();
    expect(server.requests[0]?.api).toBe('chat');
    expect(plainEndpoint('x').kind).toBe('openai');
    expect(plainEndpoint('x', 'https://eu.api.openai.com/v1').kind).toBe('openai');
    expect(plainEndpoint('x', 'https://my.openai.azure.com/openai/v1').kind).toBe('azure');
    expect(plainEndpoint('x', 'https://api.openai.com.evil.example/v1').kind).toBe('compatible');
  });

  it('send organisation, project and headers of their own', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    const headers = { 'X-Title': 'mine', 'User-Agent': 'mine/1' };
    const provider = providerOf(server, { organization: 'org-1', project: 'proj-1', headers });
    await provider.respond(requestOf(), noSignal());
    await provider.dispose?.();
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'x-title': 'mine',
      'user-agent': 'mine/1',
    });
  });

  it('name the default model first', () => {
    const models = (options: OpenAIProviderOptions) => createOpenAIProvider({ apiKey: KEY, ...options }).models;
    expect(models({})).toEqual(['gpt-4o']);
    expect(models({ models: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(models({ models: ['a', 'b'], defaultModel: 'b' })).toEqual(['b', 'a']);
  });

  it('come from nowhere but the code: the environment changes nothing', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    const planted = {
      OPENAI_API_KEY: 'sk-from-the-environment',
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_ORG_ID: 'org-env',
      OPENAI_PROJECT_ID: 'proj-env',
      HTTP_PROXY: 'http://127.0.0.1:9',
    };
    const before = Object.fromEntries(Object.keys(planted).map((name) => [name, process.env[name]]));
    Object.assign(process.env, planted);
    try {
      expect(() => createOpenAIProvider()).toThrow(expect.objectContaining({ code: 'CREDENTIAL_MISSING' }));
      const provider = providerOf(server);
      await provider.respond(requestOf(), noSignal());
      await provider.dispose?.();
      expect(JSON.stringify(server.requests[0]?.headers)).not.toMatch(/env/);
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });

  it('may bring a dispatcher, which is used and left open', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi', delayMs: 30 }) });
    const dispatcher = new Agent({ connections: 1 });
    const provider = providerOf(server, { dispatcher, limits: { connectMs: 20 } });
    const calls = [provider.respond(requestOf(), noSignal()), provider.respond(requestOf(), noSignal())];
    await Promise.all(calls);
    const abort = new AbortController();
    const last = provider.respond(requestOf(), { signal: abort.signal, onDelta: () => undefined });
    setTimeout(() => abort.abort(), 10);
    await expect(last).rejects.toMatchObject({ code: 'CANCELLED' });
    await provider.dispose?.();
    expect(dispatcher.closed).toBe(false);
    await dispatcher.destroy();
  });
});

describe('Azure', () => {
  const azure = { endpoint: 'https://my.openai.azure.com/', apiKey: KEY };
  const paths = (apiVersion: string, deployment?: string) => {
    const endpoint = azureEndpoint('x', { ...azure, apiVersion, ...(deployment === undefined ? {} : { deployment }) });
    return [endpoint.answerPath('responses', 'gpt-4o'), endpoint.answerPath('chat', 'gpt-4o'), endpoint.modelsPath];
  };

  it('has no version in the paths of v1', () => {
    expect(paths('v1')).toEqual(['/openai/v1/responses', '/openai/v1/chat/completions', '/openai/v1/models']);
    expect(paths('preview')[0]).toBe('/openai/v1/responses?api-version=preview');
  });

  it('names the deployment in the paths of dated versions', () => {
    expect(paths('2025-04-01-preview', 'my dep')).toEqual([
      '/openai/responses?api-version=2025-04-01-preview',
      '/openai/deployments/my%20dep/chat/completions?api-version=2025-04-01-preview',
      '/openai/models?api-version=2025-04-01-preview',
    ]);
    expect(paths('2024-10-21')[1]).toBe('/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21');
  });

  it('gets the key in its own header, the deployment as the model', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    const endpoint = server.origin;
    const provider = createOpenAIProvider({
      name: 'azure',
      azure: { endpoint, apiVersion: 'v1', deployment: 'my-deployment', apiKey: KEY },
    });
    await provider.respond(requestOf(), noSignal());
    await provider.dispose?.();
    expect(server.requests[0]).toMatchObject({
      api: 'responses',
      headers: { 'api-key': KEY },
      body: { model: 'my-deployment' },
    });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('gets an Entra token as a bearer', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    const provider = createOpenAIProvider({
      azure: { endpoint: server.origin, apiVersion: '2024-10-21', token: () => 'entra-token-0123' },
      api: 'chat',
    });
    await provider.respond(requestOf(), noSignal());
    await provider.dispose?.();
    expect(server.requests[0]).toMatchObject({
      path: '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
      headers: { authorization: 'Bearer entra-token-0123' },
    });
  });
});
