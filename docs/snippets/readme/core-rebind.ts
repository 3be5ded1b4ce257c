// #region rebind
import { createOrchestrator } from '@master-orchestrator/core';
import { CLOCK, systemClock } from '@master-orchestrator/errors';

const orchestrator = await createOrchestrator({ rebind: (root) => root.rebind(CLOCK, () => systemClock) });
console.log(orchestrator.wiring());
// #endregion
await orchestrator.shutdown();
