import { join } from 'node:path';
import { describeTemplatePlugin } from '@master-orchestrator/testing';
import { developmentTemplatesPlugin } from '../src/index.js';

await describeTemplatePlugin(developmentTemplatesPlugin(), {
  packageJson: join(import.meta.dirname, '../package.json'),
  tools: ['list_directory', 'read_file', 'validate_code'],
});
