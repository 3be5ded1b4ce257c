import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { Conversation } from '../conversation.js';
import { extractData } from '../data/extract-data.js';
import { isRecord } from '../data/json-values.js';
import { meetsSchema } from '../schema/check-value.js';
import { coerce } from '../schema/fit-value.js';
import { propertiesOf, typeOf, variantsOf } from '../schema/json-schema.js';
import { splitClauses, type Clause } from '../text/clauses.js';
import { fillArguments } from '../brief/fill-arguments.js';
import { classifyTool } from '../brief/classify-tool.js';
import { rankCandidates } from './match-agent.js';
import { readPlanHistory, type PlanHistory } from './plan-history.js';
import { planShapeOf, type PlanShape, type TaskField } from './plan-schema.js';
import { piecesOf, taskText, type Piece } from './pieces.js';
import { goalOf, readRoster, type Member } from './roster.js';

/** One task of a plan before it is written in the schema's words. */
interface PlannedTask {
  readonly id: string;
  readonly description: string;
  readonly member: Member | undefined;
  readonly parameters: { readonly [key: string]: Json };
  readonly dependsOn: readonly string[];
}

const MOST_TASKS = 12;
/** An agent that is there is taken before a template of about the same fit. */
const TEMPLATE_MARGIN = 1.25;

/**
 * Writes a plan for a goal in the shape of a schema: the goal split by what it asks for, each piece given to the agent
 * or template that fits it best, dependencies where a piece builds on what comes before it.
 */
export function writePlan(conversation: Conversation, schema: JsonSchema): Json {
  const shape = planShapeOf(schema);
  if (shape === undefined) return {};
  const text = conversation.message;
  const history = readPlanHistory(text);
  const roster = readRoster([conversation.instructions, text]).filter(({ name }) => !history.refused.has(name));
  const members = roster.length > 0 ? roster : membersOfSchema(shape);
  const tasks = history.failed.length > 0 ? replanned(history, members) : planned(goalOf(text), members, history);
  return planOf(tasks, schema, shape);
}

function planned(goal: string, members: readonly Member[], history: PlanHistory): PlannedTask[] {
  const clauses = splitClauses(goal, extractData(goal).mentions);
  const pieces = piecesOf(clauses);
  const given = pieces.map((piece) => ({ piece, member: memberFor(piece.clause, members) }));
  const joined = joinNeighbours(given).slice(0, Math.min(MOST_TASKS, history.mostTasks ?? MOST_TASKS));
  return joined.map(({ pieces: own, member, needs }, at) => ({
    id: `t${at + 1}`,
    description: own.map((piece) => taskText(needs.length > 0 ? { ...piece, needs } : piece, clauses)).join('\n'),
    member,
    parameters: parametersFor(member, own[0]?.clause),
    dependsOn: needs.map((index) => `t${index + 1}`),
  }));
}

interface Joined {
  readonly pieces: readonly Piece[];
  readonly member: Member | undefined;
  /** Indexes of joined tasks. */ readonly needs: readonly number[];
}

/** A piece that only follows up the one before it and goes to the same member becomes one task with it. */
function joinNeighbours(given: readonly { readonly piece: Piece; readonly member: Member | undefined }[]): Joined[] {
  const joined: { pieces: Piece[]; member: Member | undefined; needs: number[] }[] = [];
  const placeOf: number[] = [];
  for (const [at, { piece, member }] of given.entries()) {
    const needs = [...new Set(piece.needs.map((index) => placeOf[index] ?? 0))];
    const before = joined.at(-1);
    const isSame =
      before !== undefined &&
      member !== undefined &&
      before.member === member &&
      needs.length === 1 &&
      needs[0] === joined.length - 1;
    if (isSame) before.pieces.push(piece);
    else joined.push({ pieces: [piece], member, needs });
    placeOf[at] = joined.length - 1;
  }
  return joined;
}

/** The best agent; a template where it fits clearly better, or where there is no fitting agent. */
function memberFor(
  clause: Clause,
  members: readonly Member[],
  except: ReadonlySet<string> = new Set(),
): Member | undefined {
  const able = members.filter(({ name }) => !except.has(name));
  const ranked = rankCandidates(clause, able);
  const agent = ranked.find(({ candidate }) => candidate.kind === 'agent');
  const template = ranked.find(({ candidate }) => candidate.kind === 'template');
  if (agent === undefined || (template !== undefined && template.score > agent.score * TEMPLATE_MARGIN)) {
    return template?.candidate ?? able[0] ?? members[0];
  }
  return agent.candidate;
}

/** What is left after a failure: the failed pieces with new ids, given to somebody else where there is somebody. */
function replanned({ failed, done }: PlanHistory, members: readonly Member[]): PlannedTask[] {
  const newIds = new Map(failed.map(({ id }) => [id, `${id}-again`]));
  return failed.slice(0, MOST_TASKS).map(({ id, description, wasStarted }, at) => {
    const clause = splitClauses(description)[0];
    const usual = clause === undefined ? members[0] : memberFor(clause, members);
    const other =
      clause === undefined || !wasStarted
        ? usual
        : memberFor(clause, members, new Set(usual === undefined ? [] : [usual.name]));
    const waitsFor = wasStarted
      ? []
      : failed
          .slice(0, at)
          .filter((one) => one.wasStarted)
          .map((one) => newIds.get(one.id) ?? one.id);
    const member = other ?? usual;
    return {
      id: newIds.get(id) ?? id,
      description,
      member,
      parameters: parametersFor(member, clause),
      dependsOn: [...done, ...waitsFor],
    };
  });
}

/** Required parameters of a template, from the words of the piece. */
function parametersFor(member: Member | undefined, clause: Clause | undefined): { readonly [key: string]: Json } {
  const { parameters } = member ?? {};
  if (parameters === undefined || clause === undefined) return {};
  const tool = classifyTool({
    name: 'template',
    description: '',
    parameters: { ...parameters, type: 'object' },
    isStrict: false,
  });
  const material = { mentions: clause.mentions, results: [], documents: [], datasets: [], statements: [], given: [] };
  const filled = fillArguments(tool, {
    trade: undefined,
    clause,
    goal: clause.text,
    seed: { kind: 'nothing' },
    material,
  });
  const required = Array.isArray(parameters.required) ? parameters.required : [];
  if (!filled.isFilled) return {};
  return Object.fromEntries(Object.entries(filled.arguments).filter(([name]) => required.includes(name)));
}

/** Where no list tells the members, the schema's own choices do. */
function membersOfSchema({ task, fields }: PlanShape): Member[] {
  return (['agent', 'template'] as const).flatMap((kind) => {
    const property = propertiesOf(task).find(({ name }) => name === fields[kind]);
    const members =
      property === undefined
        ? []
        : variantsOf(property.schema, task).flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));
    return members.flatMap((name) => (typeof name === 'string' ? [{ kind, name, description: '' }] : []));
  });
}

function planOf(tasks: readonly PlannedTask[], schema: JsonSchema, shape: PlanShape): Json {
  const entries = tasks.map((task) => taskOf(task, schema, shape));
  const others = propertiesOf(schema).filter(({ name, isRequired }) => isRequired && name !== shape.listName);
  const rest = others.map(({ name, schema: own }) => [name, otherValue(own, schema, tasks)] as const);
  return { [shape.listName]: entries, ...Object.fromEntries(rest) };
}

/** Words about the plan, where the schema asks for some; else what is empty. */
function otherValue(schema: JsonSchema, root: JsonSchema, tasks: readonly PlannedTask[]): Json {
  const words = `${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}, split by what the goal asks for.`;
  return [null, words, [], {}, tasks.length, false].find((value) => meetsSchema(value, schema, root)) ?? null;
}

function taskOf(task: PlannedTask, root: JsonSchema, { task: schema, fields }: PlanShape): Json {
  const { member, parameters } = task;
  const hasParameters = member?.kind === 'template' && Object.keys(parameters).length > 0;
  const values: Readonly<Record<TaskField, Json>> = {
    id: task.id,
    description: task.description,
    title: task.description.split(/[.\n]/)[0] ?? task.description,
    agent: member?.kind === 'agent' ? member.name : null,
    template: member?.kind === 'template' ? member.name : null,
    parameters: hasParameters ? { ...parameters } : null,
    dependsOn: [...task.dependsOn],
  };
  const byName = new Map(Object.entries(fields).map(([field, name]) => [name, values[field as TaskField]]));
  const entries = propertiesOf(schema).flatMap(({ name, schema: own, isRequired }): [string, Json][] => {
    const value = byName.get(name);
    const fitted = value === undefined ? undefined : fitField(value, own, root);
    if (fitted !== undefined) return [[name, fitted]];
    return isRequired ? [[name, otherValue(own, root, [])]] : [];
  });
  return Object.fromEntries(entries);
}

/** A value in the form the schema takes: parameters as text where it wants text, no value as `null` or left out. */
function fitField(value: Json, schema: JsonSchema, root: JsonSchema): Json | undefined {
  const direct = coerce(value, schema, root);
  if (direct !== undefined) return direct;
  if (isRecord(value) && variantsOf(schema, root).some((one) => typeOf(one) === 'string')) return JSON.stringify(value);
  return undefined;
}
