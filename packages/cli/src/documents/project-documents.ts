import { z } from 'zod';
import { serializedError } from './common-documents.js';

/** `mao agents list` */
export const agentsDocument = z.object({
  agents: z.array(
    z.object({
      name: z.string(),
      from: z.enum(['project', 'store']),
      id: z.string().nullable(),
      file: z.string().nullable(),
      template: z.string().nullable(),
      team: z.string().nullable(),
      description: z.string(),
      model: z.union([z.string(), z.array(z.string())]).nullable(),
      tools: z.array(z.string()),
      delegates: z.array(z.string()),
      problems: z.array(z.string()),
    }),
  ),
});

/** `mao agents check` */
export const agentsCheckDocument = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({
      subject: z.string(),
      rule: z.enum(['file', 'instructions', 'creation', 'tools', 'budget', 'run']),
      outcome: z.enum(['pass', 'warn', 'fail', 'skip']),
      found: z.string(),
      fix: z.string(),
    }),
  ),
});

const template = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  kind: z.enum(['agent', 'team']),
  parameters: z.record(z.string(), z.unknown()).describe('JSON Schema.'),
  plugin: z.string().optional(),
});

/** `mao templates` */
export const templatesDocument = z.union([z.object({ templates: z.array(template) }), template]);

const tool = z.object({
  name: z.string(),
  description: z.string(),
  category: z.string(),
  accessLevel: z.enum(['public', 'restricted', 'privileged']),
  effect: z.string(),
  approval: z.enum(['never', 'sometimes', 'always']),
  limits: z.record(z.string(), z.number()),
  plugin: z.string().optional(),
  permissions: z.array(z.string()).optional(),
  version: z.string().optional(),
});

/** `mao tools` */
export const toolsDocument = z.union([
  z.object({ tools: z.array(tool) }),
  tool.extend({ parameters: z.record(z.string(), z.unknown()).describe('JSON Schema.') }),
]);

/** `mao plugins list` */
export const pluginsDocument = z.object({
  plugins: z.array(
    z.object({
      name: z.string(),
      version: z.string().nullable(),
      from: z.enum(['command', 'package', 'folder']),
      status: z.enum(['ready', 'refused', 'available']).describe('`available`: installed, and not turned on.'),
      contract: z.string().nullable(),
      permissions: z.array(z.string()),
      contributes: z.record(z.string(), z.array(z.string())),
      options: z.array(z.string()).nullable().describe('Paths of what a file may set; null: it has no schema of them.'),
      error: serializedError.nullable(),
    }),
  ),
});

/** `mao plugins show` */
export const pluginDocument = z.object({
  name: z.string(),
  version: z.string().nullable(),
  from: z.enum(['command', 'package', 'folder']),
  status: z.enum(['ready', 'refused', 'available']),
  contract: z.string().nullable(),
  permissions: z.array(z.string()),
  contributes: z.record(z.string(), z.array(z.string())),
  settings: z.record(z.string(), z.unknown()).describe('What the configuration says, secrets masked.'),
  options: z.record(z.string(), z.unknown()).nullable().describe('JSON Schema of the settings.'),
  error: serializedError.nullable(),
});

const pluginCheck = z.object({
  plugin: z.string(),
  version: z.string().nullable(),
  ok: z.boolean(),
  checks: z.array(
    z.object({
      rule: z.string(),
      subject: z.string(),
      name: z.string(),
      why: z.string(),
      fix: z.string(),
      outcome: z.enum(['pass', 'fail', 'known', 'mended']),
      found: z.string().optional(),
      durationMs: z.number(),
    }),
  ),
  error: serializedError.optional().describe('Why it could not be made; it has no checks then.'),
});

/** `mao plugins check` */
export const pluginCheckDocument = z.union([pluginCheck, z.object({ ok: z.boolean(), plugins: z.array(pluginCheck) })]);

/** `mao plugins add` */
export const pluginAddDocument = z.object({
  plugin: z.string(),
  version: z.string(),
  file: z.string(),
  changed: z.boolean(),
  permissions: z.array(z.string()),
});

/** `mao plugins wiring` */
export const wiringDocument = z.object({
  wiring: z.array(z.object({ token: z.string(), source: z.string(), isRebound: z.boolean(), isResolved: z.boolean() })),
});

const files = z.object({
  project: z.string().optional(),
  user: z.string().optional(),
  dotenv: z.string().optional(),
  directory: z.string(),
  searched: z.array(z.string()),
});

/** `mao config show` */
export const configDocument = z.object({
  files,
  settings: z.array(
    z.object({
      path: z.string(),
      value: z.unknown().describe('Secrets are masked; null where the setting is unset.'),
      source: z.object({
        kind: z.string(),
        name: z.string().optional(),
        file: z.string().optional(),
        line: z.number().optional(),
        column: z.number().optional(),
      }),
      origin: z.string(),
      description: z.string().optional(),
    }),
  ),
});

/** `mao config check` */
export const configCheckDocument = z.object({
  ok: z.boolean(),
  files,
  problems: z.array(
    z.object({
      path: z.string(),
      problem: z.string(),
      hint: z.string(),
      file: z.string().nullable(),
      line: z.number().nullable(),
      column: z.number().nullable(),
      text: z.string(),
    }),
  ),
});

/** `mao doctor` */
export const doctorDocument = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({
      check: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      message: z.string(),
      hint: z.string().optional(),
    }),
  ),
});

/** `mao completion` */
export const completionDocument = z.object({ shell: z.string(), script: z.string() });
