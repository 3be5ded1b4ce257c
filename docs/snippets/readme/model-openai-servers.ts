import { createOrchestrator } from '@master-orchestrator/core';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';

const vault = { read: async (name: string): Promise<string> => `key of ${name}` };
const plugins = [
  // #region servers
  openaiModelPlugin({ name: 'local', baseUrl: 'http://127.0.0.1:11434/v1', models: ['llama3.3'] }),
  openaiModelPlugin({ name: 'router', baseUrl: 'https://openrouter.ai/api/v1', apiKey: () => vault.read('router') }),
  openaiModelPlugin({
    name: 'azure',
    azure: { endpoint: 'https://my-resource.openai.azure.com', apiVersion: 'v1', apiKey: 'key-of-azure' },
  }),
  // #endregion
];
const orchestrator = await createOrchestrator({ plugins });
console.log(orchestrator.plugins.contributions('models').map(({ value }) => value.name));
await orchestrator.shutdown();
