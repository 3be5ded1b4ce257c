import { z } from 'zod';
import { milliseconds, RELOADABLE, section } from './parts.js';

/** Section `agents`. */
export const agents = section({
  turns: z.int().min(1).max(10_000).default(20).describe('Model calls in one run.').meta(RELOADABLE),
  parallelToolCalls: z
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe('Tool calls of one turn that run at once.')
    .meta(RELOADABLE),
  turnTimeoutMs: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Longest time of one turn, its tools included, in milliseconds. Unset: no limit of its own.')
    .meta(RELOADABLE),
  taskTimeoutMs: milliseconds(1_800_000, 'Running time of a task, waiting not counted').meta(RELOADABLE),
  concurrentTasks: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Tasks of one agent that run at once. Unset: as many as `maxConcurrentAgents` lets through.')
    .meta(RELOADABLE),
  delegationDepth: z.int().min(0).max(64).default(8).describe('How deep agents may delegate below a task.'),
  repeatsBeforeLoop: z
    .int()
    .min(2)
    .max(100)
    .default(3)
    .describe('Equal tool calls with equal results in a row that count as a loop.'),
}).describe('Bounds of agents that set none of their own.');

const planEntry = z.strictObject({
  strategy: z.string().min(1),
  options: z.record(z.string(), z.unknown()).exactOptional(),
});

/** Plans by error category or code. */
const plans = z.record(z.string(), z.array(planEntry));

const backoff = section({
  baseMs: milliseconds(200, 'Bound of the first wait; it doubles with each attempt', 0),
  rateLimitBaseMs: milliseconds(1_000, 'The same after a rate limit that told no time', 0),
  longestMs: milliseconds(30_000, 'Bound of every wait that we choose ourselves', 0),
  longestInPlaceMs: milliseconds(60_000, 'A longer wait parks the task, where parking is on', 0),
}).describe('Waits between attempts: exponential with full jitter.');

const retryBudget = section({
  capacity: z.number().min(0).max(100_000).default(20).describe('Retries that may leave at once, for each target.'),
  perSuccess: z.number().min(0).max(1_000).default(0.3).describe('Retries that one success gives back.'),
  perSecond: z.number().min(0).max(1_000).default(0.1).describe('Retries that one second gives back.'),
}).describe('Bounds retries while a target is down.');

/** Section `recovery`. */
export const recovery = section({
  parking: z
    .boolean()
    .default(false)
    .describe('Let a task wait in the queue, without a slot, for a long retry or for a person.'),
  retryMaxAttempts: z
    .int()
    .min(1)
    .max(100)
    .exactOptional()
    .describe('Replaces the attempts of every RETRY. Unset: each category of errors has its own number.'),
  attemptsInPlace: z.int().min(1).max(1_000).default(12).describe('Attempts of one step in all, over its whole plan.'),
  parkedRetries: z.int().min(0).max(1_000).default(10).describe('Times one task may be parked for a retry.'),
  backoff,
  retryBudget,
  plans: plans.default({}).describe('Plans that replace the standard ones, by error category or code.'),
  agents: z
    .record(z.string(), plans)
    .default({})
    .describe('Plans of single agents, by name; they replace those of the agent itself.'),
  tools: z
    .record(z.string(), plans)
    .default({})
    .describe('Plans of single tools, by name; they replace those of the tool itself.'),
}).describe('What is done about failures.');

/** Section `breakers`. */
export const breakers = section({
  enabled: z.boolean().default(true).describe('Stop calling what keeps failing.').meta(RELOADABLE),
  failureThreshold: z
    .int()
    .min(1)
    .max(10_000)
    .default(5)
    .describe('Failures in a row that open a breaker.')
    .meta(RELOADABLE),
  openMs: milliseconds(60_000, 'Time until an open breaker lets a probe through').meta(RELOADABLE),
  successThreshold: z
    .int()
    .min(1)
    .max(1_000)
    .default(3)
    .describe('Good probes in a row that close it.')
    .meta(RELOADABLE),
  credentialOpenMs: milliseconds(900_000, 'The same after a rejected credential or a spent quota').meta(RELOADABLE),
}).describe('Circuit breakers of models, tools and credentials.');

/** Section `budgets`. */
export const budgets = section({
  tokens: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Input and output tokens together. Unset: no bound.')
    .meta(RELOADABLE),
  requests: z.int().min(1).exactOptional().describe('Model calls. Unset: no bound.').meta(RELOADABLE),
  costUsd: z.number().positive().exactOptional().describe('Money, in US dollars. Unset: no bound.').meta(RELOADABLE),
  wallMs: z.int().min(1).exactOptional().describe('Running time, in milliseconds. Unset: no bound.').meta(RELOADABLE),
  warnAt: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe('Part of a bound at which the agent is told to come to an end.')
    .meta(RELOADABLE),
  allowUnpriced: z
    .boolean()
    .default(false)
    .describe('Under a money bound, let models without a price count as free.')
    .meta(RELOADABLE),
  onExhausted: z
    .enum(['fail', 'ask'])
    .default('fail')
    .describe('At the bound: `fail` the task, or `ask` a person for more.')
    .meta(RELOADABLE),
}).describe('What the orchestrator may spend in all, over every agent and task.');
