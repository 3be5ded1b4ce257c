import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const modules = join(import.meta.dirname, '..', '..', 'node_modules');

/** How a plugin differs from a sound one. */
export interface PluginShape {
  /** In place of fields of package.json; `undefined` leaves one out. */ readonly manifest?: Readonly<
    Record<string, unknown>
  >;
  /** In place of fields of the plugin, as source text. */ readonly plugin?: Readonly<Record<string, string>>;
  /** In place of fields of its tool, as source text. */ readonly tool?: Readonly<Record<string, string>>;
  /** Its options schema, as source text; the manifest names it. */ readonly options?: string;
  /** The whole module, in place of all that; it imports nothing. */ readonly source?: string;
}

/** Writes a plugin package with one tool into a folder of a project: sound, but for what `shape` says. */
export function writePlugin(project: string, folder: string, shape: PluginShape = {}): void {
  const directory = join(project, folder);
  mkdirSync(directory, { recursive: true });
  const manifest = {
    name: 'mao-plugin-greet',
    version: '1.2.3',
    type: 'module',
    keywords: ['mao-plugin'],
    mao: {
      plugin: './index.js#greetPlugin',
      ...(shape.options === undefined ? {} : { options: './index.js#greetOptions' }),
      contract: 'v1',
      permissions: [],
    },
    peerDependencies: { '@master-orchestrator/contracts': '^0.1.0', zod: '^4.0.0' },
    ...shape.manifest,
  };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'index.js'), shape.source ?? sourceOf(shape));
  if (shape.source === undefined) symlinkSync(modules, join(directory, 'node_modules'));
}

function sourceOf({ plugin = {}, tool = {}, options }: PluginShape): string {
  const toolFields = {
    name: "'greet_person'",
    description: "'Greets a person by name and returns the greeting.'",
    category: "'custom'",
    accessLevel: "'public'",
    effect: "'pure'",
    inputSchema: 'z.object({ name: z.string().min(1).max(100) })',
    execute: 'async ({ name }) => ({ greeting: `Hello ${name}` })',
    ...tool,
  };
  const pluginFields = {
    specificationVersion: "'v1'",
    name: "'mao-plugin-greet'",
    version: "'1.2.3'",
    contributes: '{ tools: [greet] }',
    ...plugin,
  };
  return `import { defineTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
const greet = { ${fields(toolFields)} };
export const greetPlugin = (settings) => ({ ${fields(pluginFields)} });
export const checked = () => defineTool(greet);
${options === undefined ? '' : `export const greetOptions = ${options};\n`}`;
}

function fields(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
}
