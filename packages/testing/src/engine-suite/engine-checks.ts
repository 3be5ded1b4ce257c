import { crashChecks } from './crash-checks.js';
import { endingChecks } from './ending-checks.js';
import type { EngineCheck } from './engine-check.js';
import { feedChecks } from './feed-checks.js';
import { graphChecks } from './graph-checks.js';
import { journalChecks } from './journal-checks.js';
import { laneChecks } from './lane-checks.js';
import { limitChecks } from './limit-checks.js';
import { orderChecks } from './order-checks.js';
import { signalChecks } from './signal-checks.js';
import { soakChecks } from './soak-checks.js';
import { stateChecks } from './state-checks.js';
import { submitChecks } from './submit-checks.js';

/** Everything an engine must do, as a list to run one by one. */
export const ENGINE_CHECKS: readonly EngineCheck[] = [
  ...submitChecks,
  ...orderChecks,
  ...limitChecks,
  ...graphChecks,
  ...journalChecks,
  ...endingChecks,
  ...stateChecks,
  ...laneChecks,
  ...signalChecks,
  ...feedChecks,
  ...soakChecks,
  ...crashChecks,
];
