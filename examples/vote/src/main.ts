import { createOrchestrator } from '@master-orchestrator/core';
import { prepareExample } from '@master-orchestrator/example-support';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { ballotSchema, vote } from './vote.js';

const { config, model } = await prepareExample();
await using orchestrator = await createOrchestrator({ config, plugins: [model, analysisToolsPlugin()] });

const judge = (name: string, concern: string, budget?: { readonly tokens: number }) =>
  orchestrator.createAgent({
    name,
    instructions: `You judge whether code may go in. You look at ${concern}. Check the syntax with validate_code first.`,
    tools: ['validate_code'],
    outputSchema: ballotSchema,
    ...(budget === undefined ? {} : { budget }),
  });
const judges = [
  await judge('correctness', 'whether it does what it says'),
  await judge('security', 'what an attacker could do with it'),
  // May spend almost nothing, so it never answers: the quorum of two decides without it.
  await judge('absent', 'how fast it is', { tokens: 10 }),
];

const candidates = {
  'a sound change': 'export const sum = (list) => list.reduce((all, each) => all + each, 0);',
  'a broken change': 'export const sum = (list => list.reduce((all, each) => all + each, 0);',
};
for (const [name, code] of Object.entries(candidates)) {
  const question = `Review this code:\n\`\`\`js\n${code}\n\`\`\``;
  const { decision, approve, reject, absent, details } = await vote(orchestrator, { judges, question, quorum: 2 });
  console.log(`${name}: ${decision} (${approve} for, ${reject} against, ${absent} absent)`);
  for (const { agentId, output, error } of details.steps) {
    const ballot = ballotSchema.safeParse(output).data;
    const says = ballot === undefined ? `no verdict: ${error?.code}` : `${ballot.verdict}: ${ballot.reason}`;
    console.log(`  ${(await orchestrator.getAgent(agentId)).name}: ${says.replaceAll('\n', ' ')}`);
  }
}
