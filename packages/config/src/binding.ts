import { createToken, type Binder } from '@master-orchestrator/errors';
import type { OrchestratorConfig } from './schema/config-schema.js';

/** Token of the configuration a composition root hands out. */
export const CONFIG = createToken<OrchestratorConfig>('config.OrchestratorConfig');

/** Binds the configuration, the one thing this package gives to a composition root. */
export function bindConfig(binder: Binder, config: OrchestratorConfig): void {
  binder.bind(CONFIG, () => config);
}
