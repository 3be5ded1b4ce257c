import type { AgentView } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { AgentFactory } from '@master-orchestrator/factory';
import { basename } from 'node:path';
import type { AgentFile, AgentReading } from './agent-file.js';
import { createProjectAgents } from './project-agents.js';
import { formatYamlIssue } from './read-yaml.js';

/** What a check found. */
export interface AgentFinding {
  readonly subject: string;
  readonly rule: 'file' | 'instructions' | 'creation' | 'tools' | 'budget' | 'run';
  readonly outcome: 'pass' | 'warn' | 'fail' | 'skip';
  readonly found: string;
  /** What to do about it; empty where nothing is wrong. */ readonly fix: string;
}

/** What the checks work with: an orchestrator on the offline model that keeps nothing. */
export interface CheckBench {
  readonly orchestrator: MasterOrchestrator;
  readonly factory: AgentFactory;
  /** False: example runs are left out. */ readonly isRunning: boolean;
}

const SHORTEST_INSTRUCTIONS = 40;
const PLACEHOLDER = /\b(?:lorem ipsum|tbd)\b|<[a-z ]+ here>|\{\{/i;
/** Longest time of an example run, in milliseconds. */
const RUN_MS = 30_000;

/** Checks an agent of the project: its file, instructions, tools, budget, and an example run. */
export async function checkAgentFile(
  { file, folder, agent, issues }: AgentReading,
  others: readonly AgentFile[],
  bench: CheckBench,
): Promise<AgentFinding[]> {
  const subject = agent?.name ?? basename(folder);
  if (issues.length > 0 || agent === undefined) {
    return issues.map((issue) => finding(subject, 'file', 'fail', formatYamlIssue(issue), issue.hint));
  }
  const findings = [finding(subject, 'file', 'pass', file)];
  if (agent.source.kind === 'definition') {
    findings.push(...checkInstructions(subject, agent.source.definition.instructions));
    if (agent.source.definition.budget === undefined) {
      findings.push(
        finding(subject, 'budget', 'warn', 'no budget of its own', 'Add "budget", such as { costUsd: 0.5 }.'),
      );
    } else findings.push(finding(subject, 'budget', 'pass', JSON.stringify(agent.source.definition.budget)));
  }
  const list = others.some(({ name }) => name === agent.name) ? others : [...others, agent];
  return [...findings, ...(await tryOut(subject, agent.example, bench, () => created(bench, list, agent)))];
}

/** Checks an agent template of a plugin: built from its example parameters, then an example run. */
export async function checkTemplate(name: string, bench: CheckBench): Promise<AgentFinding[]> {
  const { orchestrator, factory } = bench;
  const template = orchestrator.plugins.contributions('templates').find(({ value }) => value.name === name)?.value;
  if (template === undefined) {
    await factory.createAgent(name);
    return [];
  }
  const parameters = template.example?.parameters ?? {};
  return tryOut(name, template.example?.task, bench, async () =>
    orchestrator.getAgent(await factory.createAgent(name, parameters)),
  );
}

async function created(
  { orchestrator, factory }: CheckBench,
  all: readonly AgentFile[],
  agent: AgentFile,
): Promise<AgentView> {
  return (await createProjectAgents(orchestrator, factory, all, [agent.name])).get(agent.name) as AgentView;
}

function checkInstructions(subject: string, instructions: string): AgentFinding[] {
  const placeholder = PLACEHOLDER.exec(instructions)?.[0];
  if (placeholder !== undefined) {
    return [
      finding(
        subject,
        'instructions',
        'fail',
        `a placeholder is left: "${placeholder}"`,
        'Write what is meant in its place.',
      ),
    ];
  }
  if (instructions.length < SHORTEST_INSTRUCTIONS) {
    const fix = 'Say what the agent is for, how it works, and what its answer looks like.';
    return [finding(subject, 'instructions', 'warn', `only ${instructions.length} characters`, fix)];
  }
  return [finding(subject, 'instructions', 'pass', `${instructions.length} characters`)];
}

async function tryOut(
  subject: string,
  task: string | undefined,
  { orchestrator, isRunning }: CheckBench,
  create: () => Promise<AgentView>,
): Promise<AgentFinding[]> {
  let agent: AgentView;
  try {
    agent = await create();
  } catch (error) {
    if (!OrchestratorError.isInstance(error)) throw error;
    const rule = error.code === 'TOOL_UNKNOWN' ? 'tools' : 'creation';
    return [finding(subject, rule, 'fail', `${error.code}: ${error.message}`, error.advice ?? 'Correct it.')];
  }
  const tools = finding(subject, 'tools', 'pass', agent.tools.join(', ') || 'the public ones');
  const made = finding(
    subject,
    'creation',
    'pass',
    `${agent.id}, ${[agent.model ?? 'the default model'].flat().join(', ')}`,
  );
  if (!isRunning) return [made, tools];
  if (task === undefined) {
    return [
      made,
      tools,
      finding(subject, 'run', 'skip', 'no example', 'Add "example: { task: … }", so that it can be tried out.'),
    ];
  }
  return [made, tools, await runExample(subject, agent, task, orchestrator)];
}

/** One run on the offline model: the agent comes to an end, and no tool fails. */
async function runExample(
  subject: string,
  agent: AgentView,
  task: string,
  orchestrator: MasterOrchestrator,
): Promise<AgentFinding> {
  const failed = new Set<string>();
  const listening = orchestrator.listen('mao agents check', (event) => {
    if (event.type === 'tool-call-end' && event.data.outcome !== 'ok') {
      failed.add(`${event.data.tool} ended with ${event.data.error?.code ?? event.data.outcome}`);
    }
  });
  try {
    const id = await orchestrator.createTask({ description: task, agentId: agent.id, deadlineMs: RUN_MS });
    const { text } = await orchestrator.executeTask(id);
    if (failed.size > 0)
      return finding(subject, 'run', 'fail', [...failed].join('; '), 'Look at the tool, or change the example.');
    return finding(subject, 'run', 'pass', `answered with ${text.length} characters`);
  } catch (error) {
    if (!OrchestratorError.isInstance(error)) throw error;
    return finding(subject, 'run', 'fail', `${error.code}: ${error.message}`, error.advice ?? 'Correct it.');
  } finally {
    listening.unsubscribe();
  }
}

function finding(
  subject: string,
  rule: AgentFinding['rule'],
  outcome: AgentFinding['outcome'],
  found: string,
  fix = '',
): AgentFinding {
  return { subject, rule, outcome, found, fix };
}
