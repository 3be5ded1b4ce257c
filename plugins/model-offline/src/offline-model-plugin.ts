import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { OfflineProvider } from './offline-provider.js';
import { version } from './version.js';

/** Options of {@link offlineModelPlugin}. */
export interface OfflineModelPluginOptions {
  /** Name of the provider; its model is `<name>:rules`. @default 'offline' */ readonly name?: string;
  /** Wait before each piece of a streamed answer, in milliseconds; for watching. @default 0 */
  readonly chunkDelayMs?: number;
}

/** The options as the host checks and shows them. */
export const offlineModelOptions = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'takes letters, digits, "-" and "_"')
    .default('offline')
    .describe('Name of the provider; its model is `<name>:rules`.'),
  chunkDelayMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe('Wait before each piece of a streamed answer, in milliseconds; for watching.'),
}) satisfies OptionsSchema<OfflineModelPluginOptions>;

/**
 * Adds the model `offline:rules`: a stand-in that follows rules, for examples and tests without a key. It is no
 * language model and says so in every answer.
 *
 * @throws OrchestratorError CONFIG_INVALID where an option does not fit.
 */
export function offlineModelPlugin(options: OfflineModelPluginOptions = {}): PluginV1 {
  const provider = new OfflineProvider(readOptions(offlineModelOptions, options, 'offlineModelPlugin'));
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/model-offline',
    version,
    contributes: { models: [provider] },
  };
}
