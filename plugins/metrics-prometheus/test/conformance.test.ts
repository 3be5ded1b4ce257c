import { describeChecks, pluginFactChecks } from '@master-orchestrator/testing';
import { join } from 'node:path';
import { prometheusMetricsPlugin } from '../src/index.js';

const packageJson = join(import.meta.dirname, '../package.json');

await describeChecks('metrics plugin', pluginFactChecks(prometheusMetricsPlugin(), { packageJson }));
