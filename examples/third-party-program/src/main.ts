import { createOrchestrator } from '@master-orchestrator/core';
import { glossaryPlugin } from '@master-orchestrator/example-third-party-plugin';
import { prepareExample, showSteps } from '@master-orchestrator/example-support';
import { OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory } from '@master-orchestrator/factory';

const { config, model } = await prepareExample();

// The glossary of this house. Its first answer gets lost on the way, so that the plugin's own strategy has work.
const meanings = new Map([
  ['backpressure', 'A slow reader makes a fast writer wait, instead of losing what it writes.'],
]);
let calls = 0;
const lookUp = async (term: string): Promise<string | undefined> => {
  calls += 1;
  if (calls === 1) throw new OrchestratorError('CONNECTION_LOST', 'The glossary broke off the connection.');
  return meanings.get(term.toLowerCase());
};

await using orchestrator = await createOrchestrator({ config, plugins: [model, glossaryPlugin({ lookUp })] });
showSteps(orchestrator);
orchestrator.listen('recovery', (event) => {
  if (event.type !== 'recovery-decide') return;
  console.log(`  ${event.data.code}: ${event.data.strategy} decides to ${event.data.action}`);
});
for (const { name, version, contributes } of orchestrator.plugins.list()) {
  console.log(
    `${name} ${version}: ${Object.entries(contributes)
      .map(([kind, names]) => `${kind} ${names.join(', ')}`)
      .join('; ')}`,
  );
}

const agentId = await new AgentFactory(orchestrator).createAgent('terminologist', {
  audience: 'people new to streams',
});
const taskId = await orchestrator.createTask({ description: 'Look up the term "backpressure".', agentId });
const { text } = await orchestrator.executeTask(taskId);
console.log(`\n${text}\n\nThe glossary was asked ${calls} times.`);
