import type { JsonSchema } from '@master-orchestrator/contracts';
import { asSchema, propertiesOf, resolveSchema, typeOf, variantsOf } from '../schema/json-schema.js';

/** What a property of a task in a plan holds. */
export type TaskField = 'id' | 'description' | 'title' | 'agent' | 'template' | 'parameters' | 'dependsOn';

/** Where the parts of a plan stand in its schema. */
export interface PlanShape {
  /** Name of the property that lists the tasks. */ readonly listName: string;
  /** Schema of one task. */ readonly task: JsonSchema;
  /** Names of a task's properties, by what they hold. */ readonly fields: Partial<Readonly<Record<TaskField, string>>>;
}

const FIELDS: readonly (readonly [TaskField, RegExp])[] = [
  ['dependsOn', /^(depends?_?on|dependencies|depends|after|needs|requires|prerequisites|blocked_?by|waits_?for)$/i],
  ['agent', /^(agent|agent_?(name|id)|assignee|assigned_?to|member|worker|who|executor)$/i],
  ['template', /^(template|template_?name|agent_?template)$/i],
  ['parameters', /^(parameters|params|template_?parameters)$/i],
  ['id', /^(id|key|task_?id|ref|name|step)$/i],
  ['title', /^(title|label|heading)$/i],
  ['description', /^(description|task|goal|instructions?|prompt|work|what|objective|text)$/i],
];

/** True for the schema of a plan: a list of tasks that say what is to be done, and by whom or after what. */
export function isPlanSchema(schema: JsonSchema): boolean {
  return planShapeOf(schema) !== undefined;
}

/** The parts of a plan's schema; `undefined` for a schema of something else. */
export function planShapeOf(root: JsonSchema): PlanShape | undefined {
  for (const { name, schema } of propertiesOf(resolveSchema(root, root))) {
    for (const list of variantsOf(schema, root)) {
      if (typeOf(list) !== 'array') continue;
      const task = variantsOf(asSchema(list.items), root).find((one) => typeOf(one) === 'object');
      const fields = task === undefined ? {} : fieldsOf(task);
      const isTask =
        fields.description !== undefined &&
        (fields.dependsOn !== undefined || fields.agent !== undefined || fields.template !== undefined);
      if (task !== undefined && isTask) return { listName: name, task, fields };
    }
  }
  return undefined;
}

function fieldsOf(task: JsonSchema): PlanShape['fields'] {
  const fields: Partial<Record<TaskField, string>> = {};
  for (const { name } of propertiesOf(task)) {
    const field = FIELDS.find(([one, pattern]) => pattern.test(name) && fields[one] === undefined)?.[0];
    if (field !== undefined) fields[field] = name;
  }
  return fields;
}
