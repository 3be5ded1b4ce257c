import { optional, type AgentDefinition } from '@master-orchestrator/contracts';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readYaml, type YamlIssue } from './read-yaml.js';

/** Name of the file that makes a folder an agent. */
export const AGENT_FILE = 'agent.yaml';
/** Instructions as a text of their own, beside the file. */
export const INSTRUCTIONS_FILE = 'instructions.md';

const text = z.string().trim().min(1);
const positive = z.int().min(1);

const agentShape = z.strictObject({
  name: text.max(128).optional(),
  description: text.optional(),
  role: text.optional(),
  instructions: text.optional(),
  template: text.optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  model: z.union([text, z.array(text).min(1)]).optional(),
  settings: z
    .looseObject({ temperature: z.number().min(0).max(2).optional(), maxOutputTokens: positive.optional() })
    .optional(),
  tools: z.array(text).optional(),
  delegates: z.array(text).optional(),
  output: z.record(z.string(), z.json()).optional(),
  limits: z
    .strictObject({
      turns: positive.optional(),
      parallelToolCalls: positive.optional(),
      turnTimeoutMs: positive.optional(),
      taskTimeoutMs: positive.optional(),
      concurrentTasks: positive.optional(),
    })
    .optional(),
  budget: z
    .strictObject({
      tokens: positive.optional(),
      requests: positive.optional(),
      costUsd: z.number().nonnegative().optional(),
      wallMs: positive.optional(),
      warnAt: z.number().min(0).max(1).optional(),
      allowUnpriced: z.boolean().optional(),
      onExhausted: z.enum(['fail', 'ask']).optional(),
    })
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
  example: z.strictObject({ task: text }).optional(),
});

/** An agent of a project, as its folder says. */
export interface AgentFile {
  readonly name: string;
  readonly file: string;
  /** A definition of its own, or the template it is made from. */
  readonly source:
    | { readonly kind: 'definition'; readonly definition: AgentDefinition<unknown> }
    | {
        readonly kind: 'template';
        readonly template: string;
        readonly parameters: Readonly<Record<string, unknown>>;
        readonly tools: readonly string[];
      };
  /** Names of agents it may hand work to. */ readonly delegates: readonly string[];
  /** A task for trying it out. */ readonly example?: string;
}

/** What was read of an agent's folder: the agent, or what is wrong with it. */
export interface AgentReading {
  /** Name of the folder. */ readonly folder: string;
  readonly file: string;
  readonly agent?: AgentFile;
  readonly issues: readonly YamlIssue[];
}

/** Fields that a template decides; in a file that names one they would have no effect. */
const DECIDED_BY_TEMPLATE = [
  'description',
  'role',
  'instructions',
  'model',
  'settings',
  'delegates',
  'output',
  'limits',
  'budget',
  'labels',
] as const;

/** Reads the agent of a folder. Never rejects: what is wrong is an issue with its place. */
export async function readAgentFile(folder: string): Promise<AgentReading> {
  const file = join(folder, AGENT_FILE);
  const reading = await readYaml(file, agentShape);
  if (reading.value === undefined) return { folder, file, issues: reading.issues };
  const { value } = reading;
  const name = value.name ?? basename(folder);
  if (value.template !== undefined) {
    const idle = DECIDED_BY_TEMPLATE.filter((key) => value[key] !== undefined);
    const issues = idle.map((key) =>
      reading.issueAt([key], `has no effect beside "template"`, 'Give it as one of the parameters, or remove it.'),
    );
    const { template, parameters = {}, tools = [], example } = value;
    const source = { kind: 'template', template, parameters, tools } as const;
    return {
      folder,
      file,
      issues,
      agent: { name, file, source, delegates: [], ...optional({ example: example?.task }) },
    };
  }
  const beside = await readFile(join(folder, INSTRUCTIONS_FILE), 'utf8').catch(() => undefined);
  const instructions = value.instructions ?? beside?.trim();
  if (instructions === undefined || instructions === '') {
    const hint = `Write ${INSTRUCTIONS_FILE} beside it, or add "instructions" or "template".`;
    return { folder, file, issues: [reading.issueAt([], 'says nothing about what the agent is to do', hint)] };
  }
  const { schema, issues } = outputOf(value.output, reading.issueAt);
  const definition: AgentDefinition<unknown> = {
    name,
    instructions,
    ...optional({
      description: value.description,
      role: value.role,
      model: value.model,
      settings: value.settings as AgentDefinition['settings'],
      tools: value.tools,
      delegates: value.delegates,
      limits: value.limits === undefined ? undefined : optional(value.limits),
      budget: value.budget === undefined ? undefined : optional(value.budget),
      labels: value.labels,
      outputSchema: schema,
    }),
  };
  const source = { kind: 'definition', definition } as const;
  const agent = { name, file, source, delegates: value.delegates ?? [], ...optional({ example: value.example?.task }) };
  return { folder, file, issues, agent };
}

function outputOf(
  schema: Readonly<Record<string, unknown>> | undefined,
  issueAt: (path: readonly string[], problem: string, hint: string) => YamlIssue,
): { readonly schema?: z.ZodType; readonly issues: YamlIssue[] } {
  if (schema === undefined) return { issues: [] };
  try {
    return { schema: z.fromJSONSchema(schema), issues: [] };
  } catch (cause) {
    const problem = `is no JSON Schema that can be used: ${(cause as Error).message}`;
    return { issues: [issueAt(['output'], problem, 'Write an object schema with properties.')] };
  }
}
