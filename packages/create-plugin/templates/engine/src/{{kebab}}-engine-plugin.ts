import type { PluginV1 } from '@master-orchestrator/contracts';
import { {{pascal}}Engine } from './{{kebab}}-engine.js';
import { version } from './version.js';

/** Adds the engine scheme `{{kebab}}`: an address is `{{kebab}}:<file>`. Opens nothing before an engine starts. */
export function {{camel}}EnginePlugin(): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: '{{package}}',
    version,
    permissions: ['fs:read', 'fs:write'],
    contributes: {
      engines: [
        {
          scheme: '{{kebab}}',
          create: async (address, host) => new {{pascal}}Engine(address.replace(/^{{kebab}}:/, ''), host),
        },
      ],
    },
  };
}
