import type { OrchestratorConfigInput, ProfileName } from './schema/config-schema.js';

/** What each profile changes in the defaults. Frozen: a layer is read, never written. */
export const PROFILE_SETTINGS: Readonly<Record<ProfileName, OrchestratorConfigInput>> = Object.freeze({
  development: {},
  testing: { logging: { level: 'warn' }, server: { port: 0 } },
  staging: { logging: { format: 'json' } },
  production: { logging: { format: 'json' }, server: { auth: { enabled: true } } },
});
