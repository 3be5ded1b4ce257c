import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as face from '../src/index.js';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  exports: object;
  dependencies: object;
};

describe('the public face', () => {
  it('exports these names', () => {
    expect(Object.keys(face).sort()).toEqual([
      'ENGINE_CHECKS',
      'EngineLab',
      'FAULT_KINDS',
      'argumentsArbitrary',
      'callTool',
      'chatChunkSchema',
      'chatCompletionSchema',
      'chatRequestSchema',
      'checkId',
      'countingClock',
      'describeChecks',
      'describeEngine',
      'describeModelPlugin',
      'describeRecoveryPlugin',
      'describeTemplatePlugin',
      'describeToolPlugin',
      'errorArbitrary',
      'errorBodySchema',
      'failureArbitrary',
      'faultPlan',
      'firstDifference',
      'hostileArguments',
      'modelPluginChecks',
      'pluginChecks',
      'pluginFactChecks',
      'recordCassette',
      'recordEvents',
      'recoveryPluginChecks',
      'refusedOrigin',
      'replayCassette',
      'responseEventSchema',
      'responseSchema',
      'responsesRequestSchema',
      'runChecks',
      'runCrashPoints',
      'runEngineCheck',
      'runEngineWorker',
      'scriptedModel',
      'seededIds',
      'seededRandom',
      'selfSignedCertificate',
      'showDifference',
      'startFault',
      'startJsonServer',
      'startOpenAIServer',
      'startSelfSignedServer',
      'templatePluginChecks',
      'testToolContext',
      'toolPluginChecks',
      'virtualClock',
      'wordError',
    ]);
  });

  it('is reached by these paths', () => {
    expect(Object.keys(manifest.exports)).toEqual(['.', './package.json']);
  });

  it('needs nothing of ours but contracts and errors', () => {
    const ours = Object.keys(manifest.dependencies).filter((name) => name.startsWith('@master-orchestrator/'));
    expect(ours).toEqual(['@master-orchestrator/contracts', '@master-orchestrator/errors']);
  });
});
