import { CLOCK, RANDOM, type Clock, type Random } from '@master-orchestrator/errors';
import { IDS, type CreateId, type ModelProvider, type PluginV1 } from '@master-orchestrator/contracts';
import { createOrchestrator } from './create-orchestrator.js';
import type { OrchestratorOptions } from './orchestrator-options.js';
import type { MasterOrchestrator } from './orchestrator.js';

/** What {@link createTestOrchestrator} takes beside the usual options. */
export interface TestOrchestratorOptions extends OrchestratorOptions {
  /** Models to use, for example a scripted one. */ readonly models?: readonly ModelProvider[];
  /** A clock of the test's own. @default the machine's */ readonly clock?: Clock;
  /** @default 0.5, always */ readonly random?: Random;
  /** @default `<kind>_1`, `<kind>_2`, … */ readonly createId?: CreateId;
}

/** An orchestrator whose ids and chance are the same in every run, with the given models plugged in. */
export async function createTestOrchestrator(options: TestOrchestratorOptions = {}): Promise<MasterOrchestrator> {
  const { models = [], clock, random = () => 0.5, createId = countingIds(), ...rest } = options;
  const plugin: PluginV1 = {
    specificationVersion: 'v1',
    name: '@master-orchestrator/test-models',
    version: '0.0.0',
    contributes: { models },
  };
  return createOrchestrator({
    ...rest,
    plugins: [plugin, ...(rest.plugins ?? [])],
    rebind: (root) => {
      if (clock !== undefined) root.rebind(CLOCK, () => clock);
      root.rebind(RANDOM, () => random);
      root.rebind(IDS, () => createId);
      rest.rebind?.(root);
    },
  });
}

function countingIds(): CreateId {
  const counts = new Map<string, number>();
  return (kind) => {
    const next = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, next);
    return `${kind}_${next}`;
  };
}
