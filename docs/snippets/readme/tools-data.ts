import { createOrchestrator } from '@master-orchestrator/core';
import { dataToolsPlugin } from '@master-orchestrator/tools-data';

const orchestrator = await createOrchestrator({ plugins: [dataToolsPlugin()] });
const text = 'city,degrees\nLisbon,21\nOslo,4\n';
const { output } = await orchestrator.tools.executeTool('csv_parse', 'engineer', { text });
console.log(JSON.stringify(output)); // columns with types, rows as objects
await orchestrator.shutdown();
