import { expect, it } from 'vitest';
import * as face from '../src/index.js';
import manifest from '../package.json' with { type: 'json' };

it('offers these names and no others', () => {
  expect(Object.keys(face).toSorted()).toMatchInlineSnapshot(`
    [
      "AGENT_BOOK",
      "BREAKERS",
      "BUDGET_LEDGER",
      "BudgetLedger",
      "CompositionRoot",
      "ENGINE",
      "EVENT_BUS",
      "EventBus",
      "MODEL_GATEWAY",
      "MODEL_GUARDS",
      "MODEL_REGISTRY",
      "MasterOrchestrator",
      "ModelGateway",
      "ModelRegistry",
      "PLUGIN_REGISTRY",
      "PRICE_BOOK",
      "PluginRegistry",
      "PriceBook",
      "RECOVERY_PLANS",
      "RecoveryPlans",
      "SECRET_MASK",
      "SESSION_STORE",
      "TASK_TABLE",
      "WORK_DESKS",
      "compact",
      "costOf",
      "createMemoryEngine",
      "createOrchestrator",
      "isolatedPlugin",
      "nearest",
      "runUntilSignal",
      "startWorker",
    ]
  `);
});

it('has these entries', () => {
  expect(Object.keys(manifest.exports)).toMatchInlineSnapshot(`
    [
      ".",
      "./testing",
      "./package.json",
    ]
  `);
});
