import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
// #region faults
import { FAULT_KINDS, faultPlan, startFault, startOpenAIServer } from '@master-orchestrator/testing';

// One answer that is cut after two events:
await using cut = await startOpenAIServer({
  script: [
    { text: 'An answer in three pieces, which is cut off.', fault: { kind: 'reset', when: 'in-body', afterChunks: 2 } },
    { text: 'Whole.' },
  ],
});

// Every tenth request, and the first two, by seed:
await using shaky = await startOpenAIServer({
  script: () => ({ text: 'fine' }),
  faults: faultPlan(
    [
      { at: [0, 1], fault: { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } } },
      { ratio: 0.1, fault: [{ kind: 'reset' }, { kind: 'html' }] },
    ],
    { seed: 7 },
  ),
});

// Each kind of fault there is, with the codes a run must answer it by:
for (const kind of FAULT_KINDS) {
  await using endpoint = await startFault(kind, { times: 1 });
  console.log(kind.name, kind.codes, endpoint.url);
}
// #endregion
for (const server of [cut, shaky]) {
  const openai = openaiModelPlugin({ apiKey: 'sk-test', baseUrl: server.url });
  await using orchestrator = await createTestOrchestrator({ plugins: [openai], random: () => 0 });
  const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Answer.', model: 'openai:gpt-4o' });
  const handle = orchestrator.run('Hello?', { agentId });
  console.log((await handle.result).text, `after ${server.requests.length} requests`);
}
