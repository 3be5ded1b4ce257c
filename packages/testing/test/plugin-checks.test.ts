import { defineTemplate, defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { createStandardStrategies } from '@master-orchestrator/errors';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkId, pluginChecks, runChecks } from '../src/index.js';

const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: '@acme/everything',
  version: '1.0.0',
  contributes: {
    tools: [
      defineTool({
        name: 'say_hello',
        description: 'Greets somebody by name.',
        inputSchema: z.object({ name: z.string() }),
        effect: 'pure',
        execute: async ({ name }) => `Hello, ${name}`,
      }),
    ],
    templates: [
      defineTemplate({
        name: 'greeter',
        description: 'Greets whoever comes.',
        parameters: z.object({}),
        example: { parameters: {}, task: 'Greet Ada.' },
        build: () => ({ name: 'greeter', instructions: 'Greet people by their name.', tools: ['say_hello'] }),
      }),
    ],
    recoveryStrategies: createStandardStrategies().slice(0, 1),
  },
};

describe('pluginChecks', () => {
  it('has the checks of every kind the plugin adds, each once', async () => {
    const checks = pluginChecks(plugin, { runs: 30 });
    const ids = checks.map(checkId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('@acme/everything/plugin-shape');
    expect(ids).toContain('say_hello/tool-fuzz');
    expect(ids).toContain('greeter/template-pure');
    expect(ids).toContain('RETRY/strategy-ends');
    const reports = await runChecks(checks);
    expect(reports.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  it('has only the facts where the plugin adds nothing of these kinds', () => {
    const rules = pluginChecks({ ...plugin, contributes: { priceTables: [] } }).map(({ rule }) => rule);
    expect(rules).toEqual(['plugin-shape', 'plugin-contributions', 'plugin-permissions', 'plugin-lifecycle']);
  });
});
