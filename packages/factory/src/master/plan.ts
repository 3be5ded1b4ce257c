import { z } from 'zod';

/** One task of a plan, as a planner writes it. */
export const planTaskSchema = z.strictObject({
  id: z.string().describe('Short unique id of this task, such as "t1".'),
  description: z
    .string()
    .describe(
      'The whole task, with all data it needs: the agent sees nothing else but the results of the tasks it depends on.',
    ),
  agent: z.string().nullable().describe('Name or id of an existing agent, or null where a template is given.'),
  template: z
    .string()
    .nullable()
    .describe('Name of a template to make an agent from, or null where an agent is given.'),
  parameters: z.string().nullable().describe('Parameters of the template as a JSON object in text, or null.'),
  dependsOn: z.array(z.string()).describe('Ids of tasks whose results this one needs.'),
});

/** A plan, as a planner writes it. */
export const planSchema = z.strictObject({
  tasks: z
    .array(planTaskSchema)
    .describe('The tasks, in any order. Tasks that do not need each other run at the same time.'),
});

/** One task of a plan. */
export type PlanTask = z.output<typeof planTaskSchema>;

/** A plan. */
export type Plan = z.output<typeof planSchema>;

/** What a plan may use. */
export interface PlanBounds {
  /** Names and ids of agents. */ readonly agents: ReadonlySet<string>;
  /** Checks a template with parameters; says what is wrong, or nothing. */
  checkTemplate(template: string, parameters: unknown): string | undefined;
  readonly maxTasks: number;
  /** Agents that may still be made from templates. */ readonly maxNewAgents: number;
  /** Ids of tasks that are done already; a new plan may depend on them. */ readonly done?: ReadonlySet<string>;
}

/** Everything that is wrong with a plan, in words a planner understands; empty where nothing is. */
export function problemsOfPlan(plan: Plan, bounds: PlanBounds): string[] {
  const problems: string[] = [];
  if (plan.tasks.length === 0) problems.push('The plan is empty: give at least one task.');
  if (plan.tasks.length > bounds.maxTasks)
    problems.push(`The plan has ${plan.tasks.length} tasks; at most ${bounds.maxTasks} are allowed. Join some.`);
  const ids = new Set<string>();
  for (const task of plan.tasks) {
    if (task.id.trim() === '') problems.push('A task has an empty id.');
    if (ids.has(task.id)) problems.push(`Two tasks have the id "${task.id}".`);
    if (bounds.done?.has(task.id) === true)
      problems.push(`The id "${task.id}" belongs to a task that is done: choose another.`);
    ids.add(task.id);
    problems.push(...problemsOfTask(task, bounds));
  }
  for (const task of plan.tasks) problems.push(...problemsOfDependencies(task, ids, bounds.done));
  const made = plan.tasks.filter(({ template, agent }) => template !== null && agent === null).length;
  if (made > bounds.maxNewAgents)
    problems.push(`The plan makes ${made} agents from templates; at most ${bounds.maxNewAgents} are allowed.`);
  const cycle = findCycle(plan);
  if (cycle !== undefined) problems.push(`These tasks wait for each other: ${cycle.join(' -> ')}.`);
  return problems;
}

function problemsOfTask(task: PlanTask, bounds: PlanBounds): string[] {
  const name = `Task "${task.id}"`;
  const problems: string[] = [];
  if (task.description.trim() === '') problems.push(`${name} has no description.`);
  if (task.agent === null && task.template === null) problems.push(`${name} names neither an agent nor a template.`);
  if (task.agent !== null && task.template !== null)
    problems.push(`${name} names both an agent and a template: name one.`);
  if (task.agent !== null && !bounds.agents.has(task.agent)) {
    problems.push(`${name}: there is no agent "${task.agent}". Known: ${[...bounds.agents].join(', ') || 'none'}.`);
  }
  if (task.agent !== null || task.template === null) return problems;
  const parameters = readParametersText(task.parameters);
  if (parameters === undefined) return [...problems, `${name}: parameters must be a JSON object in text, or null.`];
  const wrong = bounds.checkTemplate(task.template, parameters);
  return wrong === undefined ? problems : [...problems, `${name}: ${wrong}`];
}

function problemsOfDependencies(
  task: PlanTask,
  ids: ReadonlySet<string>,
  done: ReadonlySet<string> | undefined,
): string[] {
  return task.dependsOn.flatMap((id) => {
    if (id === task.id) return [`Task "${task.id}" depends on itself.`];
    return ids.has(id) || done?.has(id) === true
      ? []
      : [`Task "${task.id}" depends on "${id}", which is not in the plan.`];
  });
}

/** Parameters of a template as a planner writes them, or `undefined` where they are not a JSON object. */
export function readParametersText(text: string | null): Record<string, unknown> | undefined {
  if (text === null || text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Ids of tasks that form a circle, or `undefined`. */
function findCycle(plan: Plan): string[] | undefined {
  const byId = new Map(plan.tasks.map((task) => [task.id, task]));
  const finished = new Set<string>();
  const visit = (id: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (finished.has(id)) return undefined;
    for (const next of byId.get(id)?.dependsOn ?? []) {
      const cycle = next === id ? undefined : visit(next, [...path, id]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(id);
    return undefined;
  };
  for (const { id } of plan.tasks) {
    const cycle = visit(id, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
