import type { AgentView } from '@master-orchestrator/contracts';
import type { TemplateView } from '../agent-factory.js';
import type { ExecutedTask } from './goal.js';

/** What the planner is. */
export const PLANNER_INSTRUCTIONS = `
# Role
You are the master of a group of agents. You do no work yourself: you split a goal into tasks and say who does each.

# Method
1. Read the goal and find the separate pieces of work in it. One task is one piece that one agent can do alone.
2. Give each task to the agent whose description fits best. Where no agent fits, name a template instead, with its parameters: an agent is made from it.
3. A task that needs the result of another one lists it in dependsOn; it gets that result. Everything else runs at the same time, so add no dependency that is not needed.
4. Write each description so that it can be understood alone. Copy data that the goal contains (numbers, names, addresses) into every task that needs it.
5. Use as few tasks as do the work well.

# Limits
- Use only agents and templates that are listed. Do not invent names.
- Add no task for planning, waiting, or summing up: the answer is written afterwards.
`.trim();

/** What the writer of the answer is. */
export const ANSWER_INSTRUCTIONS = `
# Role
You write the answer to a goal from the results of the agents that worked on it.

# Answer
- First the answer to the goal itself, in full. Then what it rests on.
- Say which agent did what, in one line each.
- Use only what the results say. Where a task failed, say what is missing because of it.
`.trim();

/** The question to a planner. */
export function planningRequest(
  goal: string,
  agents: readonly AgentView[],
  templates: readonly TemplateView[],
): string {
  const agentLines = agents.map(({ name, description, tools }) => ({ agent: name, description, tools }));
  const templateLines = templates.map(({ name, description, parameters }) => ({
    template: name,
    description,
    parameters,
  }));
  return [
    `Goal: ${goal}`,
    `Agents:\n${lines(agentLines)}`,
    `Templates:\n${lines(templateLines)}`,
    'Write the plan.',
  ].join('\n\n');
}

/** Tells a planner what is wrong with its plan. */
export function correctionRequest(request: string, problems: readonly string[]): string {
  return `${request}\n\nYour last plan cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nWrite a corrected plan.`;
}

/** Asks for a plan of what is left after a failure. */
export function replanRequest(request: string, tasks: readonly ExecutedTask[]): string {
  const done = tasks
    .filter(({ status }) => status === 'completed')
    .map(({ id, description }) => `- ${id}: ${description}`);
  const failed = tasks
    .filter(({ status }) => status === 'failed' || status === 'skipped')
    .map(
      ({ id, description, error }) =>
        `- ${id}: ${description} (${error?.code ?? 'not started'}: ${error?.message ?? 'a task before it failed'})`,
    );
  return [
    request,
    `These tasks are done; new tasks may depend on them by id:\n${done.join('\n') || '- none'}`,
    `These failed or could not start:\n${failed.join('\n')}`,
    'Write a plan for what is left, with new ids, in another way than the one that failed.',
  ].join('\n\n');
}

/** The question to the writer of the answer. */
export function answerRequest(goal: string, tasks: readonly ExecutedTask[]): string {
  const results = tasks.map((task) => {
    const who = `${task.id} (${task.agentName ?? 'nobody'})`;
    if (task.status === 'completed') return `## Result of ${who}\nTask: ${task.description}\n\n${task.text ?? ''}`;
    return `## No result of ${who}\nTask: ${task.description}\nReason: ${task.error?.message ?? 'a task before it failed'}`;
  });
  return `Goal: ${goal}\n\n# Results\n${results.join('\n\n')}\n\nWrite the answer to the goal.`;
}

function lines(values: readonly object[]): string {
  return values.length === 0 ? '- none' : values.map((value) => `- ${JSON.stringify(value)}`).join('\n');
}
