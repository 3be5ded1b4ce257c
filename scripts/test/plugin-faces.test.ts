import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const plugins = join(import.meta.dirname, '../../plugins');

/** What each plugin exports, and the options its factory needs to ask for all it may ask for. */
const FACES: Readonly<Record<string, { readonly names: readonly string[]; readonly options?: object }>> = {
  'engine-dbos': { names: ['dbosEngineOptions', 'DbosEngine', 'LocalServer', 'dbosEnginePlugin', 'remoteDatabase'] },
  'engine-sqlite': { names: ['sqliteEngineOptions', 'SqliteEngine', 'sqliteEnginePlugin'] },
  'metrics-prometheus': { names: ['prometheusMetricsOptions', 'prometheusMetricsPlugin'] },
  'model-offline': { names: ['offlineModelOptions', 'offlineModelPlugin'] },
  'model-openai': {
    names: ['openaiModelOptions', 'createOpenAIProvider', 'openaiModelPlugin'],
    options: { apiKey: 'none' },
  },
  'prices-openai': { names: ['openaiPricesOptions', 'OPENAI_PRICES', 'OPENAI_PRICES_AS_OF', 'openaiPricesPlugin'] },
  'recovery-standard': {
    names: ['standardRecoveryOptions', 'RECOVERY_PRESETS', 'describePlan', 'describePlans', 'standardRecoveryPlugin'],
  },
  'telemetry-otel': { names: ['otelTelemetryOptions', 'otelTelemetryPlugin'] },
  'templates-data': { names: ['dataTemplatesOptions', 'chartPlanSchema', 'dataTemplatesPlugin', 'preparedDataSchema'] },
  'templates-development': {
    names: [
      'developmentTemplatesOptions',
      'architectureSchema',
      'codeReviewSchema',
      'developmentTemplatesPlugin',
      'projectPlanSchema',
      'securityReviewSchema',
      'testPlanSchema',
    ],
  },
  'tools-analysis': { names: ['analysisToolsOptions', 'analysisToolsPlugin'] },
  'tools-data': { names: ['dataToolsOptions', 'dataToolsPlugin'] },
  'tools-files': { names: ['filesToolsOptions', 'filesToolsPlugin'], options: { roots: ['.'] } },
  'tools-reporting': { names: ['reportingToolsOptions', 'reportingToolsPlugin'], options: { outputDir: 'reports' } },
  'tools-web': { names: ['webToolsOptions', 'webToolsPlugin'] },
};

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: object;
  readonly mao: {
    readonly plugin: string;
    readonly options?: string;
    readonly contract: string;
    readonly permissions: readonly string[];
  };
}

it('knows every plugin', () => {
  expect(readdirSync(plugins).toSorted()).toEqual(Object.keys(FACES).toSorted());
});

describe.each(Object.entries(FACES))('%s', (directory, { names, options }) => {
  const manifest = JSON.parse(readFileSync(join(plugins, directory, 'package.json'), 'utf8')) as Manifest;

  it('exports these names and no others', async () => {
    const face = (await import(join(plugins, directory, 'src/index.ts'))) as object;
    expect(Object.keys(face).toSorted()).toEqual(names.toSorted());
    expect(Object.keys(manifest.exports)).toEqual(['.', './package.json']);
  });

  it('names itself, its factory, its contract and its permissions as its package does', async () => {
    const face = (await import(join(plugins, directory, 'src/index.ts'))) as Record<string, unknown>;
    const [factory, schema] = [manifest.mao.plugin, manifest.mao.options].map(nameIn);
    const plugin = (face[factory ?? ''] as (options?: object) => Record<string, unknown>)(options);
    if (schema !== undefined) expect(face[schema]).toHaveProperty('safeParse');
    expect([plugin['name'], plugin['version']]).toEqual([manifest.name, manifest.version]);
    expect([plugin['specificationVersion'], plugin['permissions'] ?? []]).toEqual([
      manifest.mao.contract,
      manifest.mao.permissions,
    ]);
  });
});

/** The export that an entry such as `./dist/index.js#weatherToolsPlugin` names. */
function nameIn(entry: string | undefined): string | undefined {
  return entry === undefined ? undefined : /^\.\/dist\/index\.js#(\w+)$/.exec(entry)?.[1];
}
