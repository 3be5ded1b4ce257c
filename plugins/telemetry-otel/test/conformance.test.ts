import { describeChecks, pluginFactChecks } from '@master-orchestrator/testing';
import { join } from 'node:path';
import { otelTelemetryPlugin } from '../src/index.js';

const packageJson = join(import.meta.dirname, '../package.json');

await describeChecks('telemetry plugin', pluginFactChecks(otelTelemetryPlugin(), { packageJson }));
