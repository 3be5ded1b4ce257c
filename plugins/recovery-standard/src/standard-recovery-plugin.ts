import { readOptions, type PluginV1 } from '@master-orchestrator/contracts';
import { standardRecoveryOptions, type StandardRecoveryPluginOptions } from './recovery-options.js';
import { createStrategies } from './strategies.js';
import { version } from './version.js';

/**
 * Adds the six standard recovery strategies with options of your own: RETRY, FALLBACK, SKIP, ESCALATE, RESET, TERMINATE.
 * They stand in for those that every orchestrator has, under the same names, so that all plans go on as they are.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function standardRecoveryPlugin(options: StandardRecoveryPluginOptions = {}): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/recovery-standard',
    version,
    contributes: {
      recoveryStrategies: createStrategies(readOptions(standardRecoveryOptions, options, 'standardRecoveryPlugin')),
    },
  };
}
