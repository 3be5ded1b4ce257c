import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger, PluginContext } from '@master-orchestrator/contracts';
import { startOpenAIServer } from '@master-orchestrator/testing';
import { NEVER, Subscription } from 'rxjs';
import { expect, it } from 'vitest';
import { openaiModelPlugin } from '../src/index.js';
import { version } from '../src/version.js';
import { noSignal, requestOf } from './support/requests.js';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
  mao: { plugin: string; permissions: string[] };
};

function contextWith(logger: Logger): PluginContext {
  return { logger, events$: NEVER, listen: () => new Subscription(), signal: new AbortController().signal };
}

it('contributes one provider under its name and keeps to its manifest', () => {
  const plugin = openaiModelPlugin({ apiKey: 'sk-test-key-0123456789' });
  expect(plugin).toMatchObject({
    specificationVersion: 'v1',
    name: '@master-orchestrator/model-openai',
    version: manifest.version,
    permissions: manifest.mao.permissions,
  });
  expect(plugin.contributes.models?.map(({ name, origin }) => [name, origin])).toEqual([
    ['openai', 'https://api.openai.com'],
  ]);
  expect(version).toBe(manifest.version);
  expect(manifest.mao.plugin).toBe(`./dist/index.js#${openaiModelPlugin.name}`);
});

it('may be registered several times, each with a name of its own', () => {
  const names = [{ name: 'openai' }, { name: 'local', baseUrl: 'http://127.0.0.1:11434/v1' }].map(
    (options) => openaiModelPlugin({ apiKey: 'sk-test-key-0123456789', ...options }).name,
  );
  expect(new Set(names).size).toBe(2);
});

it('logs a corrected request, and closes its connections when it is disposed', async () => {
  await using server = await startOpenAIServer({
    script: ({ body }) =>
      'seed' in (body as object)
        ? { status: 400, error: { error: { message: 'Unrecognized request argument supplied: seed', param: null } } }
        : { text: 'Hi' },
  });
  const logged: unknown[][] = [];
  const note = (...words: unknown[]): void => void logged.push(words);
  const plugin = openaiModelPlugin({ baseUrl: server.url });
  await plugin.setup?.(contextWith({ debug: note, info: note, warn: note, error: note }));
  const [provider] = plugin.contributes.models ?? [];
  await provider?.respond(requestOf({ settings: { seed: 1 } }), noSignal());
  await plugin.dispose?.();
  expect(logged).toEqual([[{ provider: 'openai', model: 'gpt-4o', changes: { seed: false } }, expect.any(String)]]);
  await expect.poll(() => server.openSockets).toBe(0);
});
