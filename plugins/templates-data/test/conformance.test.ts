import { join } from 'node:path';
import { describeTemplatePlugin } from '@master-orchestrator/testing';
import { dataTemplatesPlugin } from '../src/index.js';

await describeTemplatePlugin(dataTemplatesPlugin(), {
  packageJson: join(import.meta.dirname, '../package.json'),
  tools: ['calculate_metrics', 'generate_report', 'json_parse', 'json_stringify', 'csv_parse', 'json_query'],
});
