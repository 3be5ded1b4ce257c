import type { PluginV1 } from '@master-orchestrator/contracts';
import { lookUpTermTool, type LookUp } from './look-up-term.js';
import { steadyRetry } from './steady-retry.js';
import { terminologistTemplate } from './terminologist.js';

/** Options of {@link glossaryPlugin}. */
export interface GlossaryPluginOptions {
  /** Gives the meaning of a term, or `undefined` where the glossary has none. */ readonly lookUp: LookUp;
}

/** Adds the tool `look_up_term`, the template `terminologist` and the recovery strategy `STEADY_RETRY`. */
export function glossaryPlugin({ lookUp }: GlossaryPluginOptions): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/example-third-party-plugin',
    version: '1.0.0',
    contributes: {
      tools: [lookUpTermTool(lookUp)],
      templates: [terminologistTemplate()],
      recoveryStrategies: [steadyRetry()],
    },
  };
}
