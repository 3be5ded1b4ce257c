import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRange } from './package-ranges.js';
import type { PluginNames } from './plugin-names.js';

/** What a plugin can be about, each with what its package begins with. */
export const PLUGIN_KINDS = {
  tools: 'a tool, with the checks that every tool has to pass',
  template: 'an agent made from parameters',
  recovery: 'a strategy that decides what to do about a failure',
  model: 'models of a service that speaks the Chat Completions format',
  engine: 'a task engine, to begin with one that works and is changed piece by piece',
} as const;

/** One of {@link PLUGIN_KINDS}. */
export type PluginKind = keyof typeof PLUGIN_KINDS;

/** Files of a new package: path inside it, and content. */
export type PluginFiles = ReadonlyMap<string, string>;

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));

/** Names that a registry or git treats in their own way stand under others in the templates. */
const RENAMED: Readonly<Record<string, string>> = { _gitignore: '.gitignore', '_package.json': 'package.json' };

/** The files of a new plugin: those that every kind has, and those of its own. */
export async function pluginFiles(kind: PluginKind, names: PluginNames): Promise<PluginFiles> {
  const files = new Map<string, string>();
  for (const folder of ['common', kind]) {
    const root = join(TEMPLATES, folder);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const place = join(entry.parentPath, entry.name);
      const path = place
        .slice(root.length + 1)
        .split(/[\\/]/)
        .map((part) => RENAMED[part] ?? part)
        .join('/');
      files.set(filled(path.replace(/\.template$/, ''), names), filled(await readFile(place, 'utf8'), names));
    }
  }
  return new Map([...files].toSorted(([a], [b]) => a.localeCompare(b)));
}

/** Puts the plugin's names in place of the words that stand for them. */
function filled(text: string, { packageName, kebab, camel, pascal, snake }: PluginNames): string {
  return text
    .replaceAll('{{package}}', packageName)
    .replaceAll('{{kebab}}', kebab)
    .replaceAll('{{camel}}', camel)
    .replaceAll('{{pascal}}', pascal)
    .replaceAll('{{snake}}', snake)
    .replaceAll(/\{\{range ([a-z-]+)\}\}/g, (_all, name: string) => packageRange(name));
}
