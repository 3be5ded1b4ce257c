import { join } from 'node:path';
import { describeChecks, pluginFactChecks } from '@master-orchestrator/testing';
import { offlineModelPlugin } from '../src/index.js';

await describeChecks(
  'plugin',
  pluginFactChecks(offlineModelPlugin(), { packageJson: join(import.meta.dirname, '../package.json') }),
);
