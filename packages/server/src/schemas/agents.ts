import { z } from 'zod';
import { budgetSchema, epochMs, jsonSchemaSchema, labelsSchema, pageQuery, recoverySchema } from './common.js';

const names = z.array(z.string().min(1).max(256)).max(1_000);

/** An agent as the API takes it: the part of a definition that is data. */
export const agentDefinitionSchema = z.strictObject({
  name: z.string().trim().min(1).max(128),
  description: z.string().max(10_000).optional(),
  role: z.string().min(1).max(128).optional(),
  instructions: z.string(),
  model: z.union([z.string().min(1).max(256), z.array(z.string().min(1).max(256)).min(1).max(20)]).optional(),
  settings: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().min(0).max(1).optional(),
      maxOutputTokens: z.int().positive().optional(),
      reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
      seed: z.int().optional(),
      serviceTier: z.string().min(1).max(64).optional(),
      parallelToolCalls: z.boolean().optional(),
    })
    .optional(),
  tools: names.optional().describe('Names of tools; naming one grants it.'),
  delegates: names.optional().describe('Agents (ids or names) it may hand work to.'),
  handoffs: names.optional().describe('Agents it may hand control to.'),
  outputSchema: jsonSchemaSchema.optional(),
  userContextSchema: jsonSchemaSchema.optional().describe('JSON Schema of the user context that its tasks need.'),
  outputFallback: z.unknown().optional(),
  fallbackAgents: names.optional().describe('Agents that take over where none of its models can go on.'),
  fallbackResult: z.unknown().optional().describe('Answer, marked as partial, where nobody can go on.'),
  limits: z
    .strictObject({
      turns: z.int().positive().optional(),
      parallelToolCalls: z.int().positive().optional(),
      turnTimeoutMs: z.int().positive().optional(),
      taskTimeoutMs: z.int().positive().optional(),
      concurrentTasks: z.int().positive().optional(),
    })
    .optional(),
  budget: budgetSchema.optional(),
  recovery: recoverySchema.optional(),
  labels: labelsSchema.optional(),
});

/** Body that makes an agent. */
export const newAgentSchema = agentDefinitionSchema.extend({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,128}$/)
    .optional()
    .describe('A fixed id. Default: made from the name.'),
  team: z.string().min(1).max(128).optional(),
});

/** Body that changes an agent. */
export const agentChangeSchema = agentDefinitionSchema.partial();

/** An agent in answers. */
export const agentSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  role: z.string().optional(),
  team: z.string().optional(),
  model: z.union([z.string(), z.array(z.string())]).optional(),
  tools: z.array(z.string()),
  delegates: z.array(z.string()),
  revision: z.number(),
  status: z.enum(['idle', 'running', 'paused']),
  createdAt: epochMs,
  labels: z.record(z.string(), z.string()),
});

/** Filter of the list of agents. */
export const agentsQuery = pageQuery.extend({
  name: z.string().optional().describe('Agents of this name.'),
  role: z.string().optional().describe('Agents of this role.'),
  team: z.string().optional().describe('Members of this team.'),
  template: z.string().optional().describe('Agents made from this template.'),
});
