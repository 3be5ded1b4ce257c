import { z } from 'zod';
import type { Secret } from '../secret.js';
import { discovery, engine, events, logging, metrics, server, shutdown } from './hosting.js';
import { models } from './models.js';
import { RELOADABLE } from './parts.js';
import { agents, breakers, budgets, recovery } from './running.js';
import { tools } from './tools.js';

/** Names of the profiles. */
export const PROFILES = ['development', 'testing', 'staging', 'production'] as const;

/** One of {@link PROFILES}. */
export type ProfileName = (typeof PROFILES)[number];

/** The one source of every setting: its shape, bounds, default and description. */
export const configSchema = z.strictObject({
  profile: z.enum(PROFILES).default('development').describe('Which set of defaults to start from.'),
  maxConcurrentAgents: z
    .int()
    .min(1)
    .max(100_000)
    .default(10)
    .describe('Tasks that run at once in one process.')
    .meta(RELOADABLE),
  models,
  agents,
  recovery,
  breakers,
  tools,
  engine,
  budgets,
  server,
  shutdown,
  logging,
  metrics,
  events,
  discovery,
  onPluginFailure: z
    .enum(['stop', 'disable'])
    .default('stop')
    .describe(
      'What a plugin that is not in order does to the start: `stop` it, or `disable` that plugin, with those that need it, and go on.',
    ),
  plugins: z
    .record(z.string(), z.union([z.literal(false), z.record(z.string(), z.unknown())]))
    .default({})
    .describe('Plugins by package name, each with its own settings; `false` turns one off.'),
});

type DeepReadonly<T> = T extends Secret | ((...parameters: never[]) => unknown)
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;

/** Every part may be left out; a secret may be given as text. */
type Loose<T> = T extends Secret
  ? Secret | string
  : T extends readonly (infer Item)[]
    ? readonly Item[]
    : T extends object
      ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
      : T;

/** The whole configuration: complete, checked and frozen. */
export interface OrchestratorConfig extends DeepReadonly<z.output<typeof configSchema>> {}

/** What a person or program writes: any part of it. */
export interface OrchestratorConfigInput extends Loose<z.output<typeof configSchema>> {}
