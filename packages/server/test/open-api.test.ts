import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { expect, it } from 'vitest';
import { startServer, withAuth } from './support/start-server.js';

const { Spectral } = spectralCore;

it.each([
  ['with keys', withAuth],
  ['without keys', {}],
])(
  'gives a document that redocly finds nothing to say about (%s)',
  async (_name, config) => {
    await using test = await startServer({ config });
    const source = (await test.call('GET', '/openapi.json')).text;
    const problems = await lintFromString({ source, config: await createConfig({ extends: ['recommended-strict'] }) });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  },
  60_000,
);

it('gives a document that spectral finds nothing to say about', async () => {
  await using test = await startServer({ config: withAuth });
  const spectral = new Spectral();
  // Every rule there is, but one: the project has no address for mail.
  spectral.setRuleset({ extends: [[spectralRulesets.oas, 'all']], rules: { 'contact-properties': 'off' } } as never);
  const problems = await spectral.run((await test.call('GET', '/openapi.json')).text);
  expect(problems.map(({ code, message, path }) => [code, message, path.join('.')])).toEqual([]);
}, 60_000);

it('keeps the words of the schemas, and the names of what operations share', async () => {
  await using test = await startServer();
  const document = (await test.call('GET', '/openapi.json')).body as Document;
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.version).toMatch(/^\d/);
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Agent', 'Error', 'Step', 'StoredError', 'Task', 'Usage']),
  );
  const { parameters, responses } = (document.paths['/api/v1/tasks']?.['get'] ?? {}) as Operation;
  expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({ description: 'Most entries of the page.' });
  expect(responses['401']).toEqual({
    description: 'No key, or one that is not valid.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  });
  expect(document.paths['/api/v1/agents/{id}']?.['delete']).toMatchObject({
    responses: { 204: { description: 'Done; no body.' } },
  });
});

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly description: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly components: { readonly schemas: object };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
