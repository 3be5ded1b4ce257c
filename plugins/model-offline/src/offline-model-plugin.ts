import type { PluginV1 } from '@master-orchestrator/contracts';
import { OfflineProvider } from './offline-provider.js';
import { version } from './version.js';

/** Options of {@link offlineModelPlugin}. */
export interface OfflineModelPluginOptions {
  /** Name of the provider; its model is `<name>:rules`. @default 'offline' */ readonly name?: string;
  /** Wait before each piece of a streamed answer, in milliseconds; for watching. @default 0 */
  readonly chunkDelayMs?: number;
}

/**
 * Adds the model `offline:rules`: a stand-in that follows rules, for examples and tests without a key. It is no
 * language model and says so in every answer.
 */
export function offlineModelPlugin({ name = 'offline', chunkDelayMs = 0 }: OfflineModelPluginOptions = {}): PluginV1 {
  const provider = new OfflineProvider({ name, chunkDelayMs });
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/model-offline',
    version,
    contributes: { models: [provider] },
  };
}
