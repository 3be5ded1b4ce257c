import { namesOf, pluginFiles, type PluginKind, type PluginNames } from '@master-orchestrator/create-plugin';
import { basename } from 'node:path';
import { askText } from '../cli/ask.js';
import { usageError, type CommandContext } from '../cli/command-context.js';
import type { NewFiles } from './new-files.js';

/** What is typed first in a new plugin. */
export const PLUGIN_COMMANDS: readonly string[] = ['npm install', 'npm test', 'npm run example'];

/** The files of a new plugin package, and its name. */
export async function pluginProject(kind: PluginKind, names: PluginNames): Promise<NewFiles> {
  return pluginFiles(kind, names);
}

/**
 * What the plugin is called: as given, as answered, or after its folder.
 *
 * @param folder - As the person named it; `undefined` where the name decides.
 * @throws OrchestratorError USAGE_INVALID for what cannot be the name of a plugin
 */
export async function pluginNames(
  { io, isInteractive }: CommandContext,
  given: string | undefined,
  folder: string | undefined,
): Promise<PluginNames> {
  const fromFolder = folder === undefined ? undefined : basename(folder);
  const answer = given ?? (isInteractive ? await askText(io, 'What is it called?', fromFolder) : fromFolder);
  if (answer === undefined) {
    throw usageError(isInteractive ? 'Nothing was written.' : 'Say what the plugin is called: --name weather.');
  }
  const names = namesOf(answer);
  if (names !== undefined) return names;
  throw usageError(`"${answer}" is no name for a plugin. Use small letters, digits and "-", such as --name weather.`);
}
