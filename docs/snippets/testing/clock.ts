// #region alone
import { virtualClock } from '@master-orchestrator/testing';

const clock = virtualClock(); // stands at 2026-01-01T00:00:00Z
clock.setTimer(60_000, () => console.log('a minute later'));
await clock.advanceAsync(60_000); // runs timers in order, promises between them
await clock.runAll(); // until no timer is left
// #endregion

// #region agent
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';

const busy = new OrchestratorError('RATE_LIMITED', 'Too many requests.', { retryAfterMs: 20_000, isReplaySafe: true });
const model = scriptedModel([{ error: busy }, { text: 'Here I am.' }]);
await using orchestrator = await createTestOrchestrator({ models: [model], clock });
const agentId = await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' });
const answer = orchestrator.executeTask(await orchestrator.createTask({ description: 'Hello?', agentId }));
await clock.advanceAsync(30_000); // the wait before the second attempt takes no time of yours
console.log((await answer).text);
// #endregion
