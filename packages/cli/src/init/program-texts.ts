/** Sources of the template `program`. */
export function programFiles(): [string, string][] {
  return [
    ['tsconfig.json', TSCONFIG],
    ['src/main.ts', MAIN],
    ['src/team.ts', TEAM],
    ['src/word-count-tool.ts', TOOL],
    ['test/team.test.ts', TEST],
  ];
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2022",
    "module": "NodeNext",
    "moduleResolution": "NodeNext",
    "lib": ["ES2023", "ESNext.Disposable"],
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "skipLibCheck": true,
    "rootDir": ".",
    "outDir": "dist"
  },
  "include": ["src", "test"]
}
`;

const MAIN = `import { loadConfig } from '@master-orchestrator/config';
import { modelPlugin, startTeam } from './team.js';

const config = await loadConfig();
const { plugin, note } = modelPlugin(config.config);
if (note !== undefined) console.log(note);

const team = await startTeam({ config, model: plugin });
team.orchestrator.listen('progress', (event) => {
  if (event.type === 'tool-call-end') console.log(\`tool \${event.data.tool}: \${event.data.outcome}\`);
});
const words = process.argv.slice(2).join(' ');
console.log(await team.ask(words === '' ? 'Analyze the dataset [12, 15, 11, 30, 14] and say what stands out.' : words));
await team.orchestrator.shutdown();
`;

const TEAM = `import type { LoadedConfig, OrchestratorConfig } from '@master-orchestrator/config';
import type { PluginV1 } from '@master-orchestrator/contracts';
import { createOrchestrator, type MasterOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';
import { wordCountTool } from './word-count-tool.js';

/** A team at work. */
export interface RunningTeam {
  readonly orchestrator: MasterOrchestrator;
  /** Gives the team a task and waits for the answer. */
  ask(description: string): Promise<string>;
}

/** Starts the data-analysis team. */
export async function startTeam(options: { config?: LoadedConfig; model?: PluginV1 } = {}): Promise<RunningTeam> {
  const { config, model = offlineModelPlugin() } = options;
  const orchestrator = await createOrchestrator({
    ...(config === undefined ? {} : { config }),
    plugins: [model, analysisToolsPlugin(), reportingToolsPlugin({ outputDir: 'reports' }), dataTemplatesPlugin()],
    tools: [wordCountTool],
  });
  const factory = new AgentFactory(orchestrator);
  const team = await factory.createDataAnalysisTeam({ tools: ['calculate_metrics', 'generate_report', 'word_count'] });
  const ask = async (description: string): Promise<string> => {
    const taskId = await orchestrator.createTask({ description, agentId: team.dataAnalyst });
    const { text } = await orchestrator.executeTask(taskId);
    return text;
  };
  return { orchestrator, ask };
}

/** A real model where one is configured, else the rule-based one. */
export function modelPlugin({ models }: OrchestratorConfig): { plugin: PluginV1; note?: string } {
  const { apiKey, baseUrl } = models.openai;
  if (apiKey === undefined && baseUrl === undefined) {
    return { plugin: offlineModelPlugin(), note: 'The offline model answers. Set OPENAI_API_KEY for a real one.' };
  }
  const key = apiKey === undefined ? {} : { apiKey: () => apiKey.reveal() };
  return { plugin: openaiModelPlugin({ ...key, ...(baseUrl === undefined ? {} : { baseUrl }) }) };
}
`;

const TOOL = `import { defineTool } from '@master-orchestrator/contracts';
import { z } from 'zod';

/** A tool of this program: pure, so that it may be repeated and cached. */
export const wordCountTool = defineTool({
  name: 'word_count',
  description: 'Counts the words of a text.',
  category: 'data_processing',
  accessLevel: 'public',
  effect: 'pure',
  inputSchema: z.object({ text: z.string() }),
  outputSchema: z.object({ words: z.number() }),
  execute: async ({ text }) => ({ words: text.split(/\\s+/).filter((word) => word !== '').length }),
});
`;

const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTeam } from '../src/team.js';

test('the team finds the mean of a dataset', async () => {
  const { orchestrator, ask } = await startTeam();
  try {
    assert.match(await ask('Analyze the dataset [1, 2, 3, 4, 5]'), /mean 3\\b/);
  } finally {
    await orchestrator.shutdown();
  }
});
`;
