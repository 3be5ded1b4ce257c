import type { AnyTeamTemplate, AnyTemplate, PluginV1 } from '@master-orchestrator/contracts';
import { checkOf, withoutSkipped, type Check } from './check.js';
import { describeChecks } from './describe-checks.js';
import { pluginFactChecks, pluginOf, type PluginCheckOptions, type PluginSource } from './plugin-facts.js';
import { teamTemplateChecks } from './team-template-checks.js';
import { agentTemplateChecks } from './agent-template-checks.js';

/** Options of {@link templatePluginChecks}. */
export interface TemplateCheckOptions extends PluginCheckOptions {
  /**
   * Names of the tools an app would have, for the tools that templates name. The plugin's own count as well. Without
   * the list only the form of the names is checked.
   */
  readonly tools?: readonly string[];
  /** Templates of other plugins that these extend or use in teams. @default none */ readonly templates?: readonly AnyTemplate[];
  /** Generated parameters for each template. @default 50 */ readonly runs?: number;
  /** Seed of the generated parameters. @default 1 */ readonly seed?: number;
}

/** What the checks of one template look at. */
export interface TemplateSurroundings {
  /** Every template by its name: the plugin's and those given. */ readonly templates: ReadonlyMap<string, AnyTemplate>;
  /** Names of the tools there are; `undefined` where they are not known. */ readonly tools:
    | ReadonlySet<string>
    | undefined;
  readonly runs: number;
  readonly seed: number;
}

/** What a plugin that adds agent or team templates must keep: parameters, example, purity, instructions, tools, limits. */
export function templatePluginChecks(source: PluginSource, options: TemplateCheckOptions = {}): readonly Check[] {
  const plugin = pluginOf(source);
  const templates = plugin.contributes?.templates ?? [];
  const teams = plugin.contributes?.teamTemplates ?? [];
  const around = surroundings(plugin, options);
  const checks = [
    ...pluginFactChecks(plugin, options),
    checkOf(plugin.name, SOME, () => hasTemplates(templates, teams)),
    ...templates.flatMap((template) => agentTemplateChecks(template, around)),
    ...teams.flatMap((team) => teamTemplateChecks(team, around)),
  ];
  return withoutSkipped(checks, options.skip);
}

/** A vitest suite of {@link templatePluginChecks}: `await describeTemplatePlugin(myPlugin())`. */
export async function describeTemplatePlugin(source: PluginSource, options: TemplateCheckOptions = {}): Promise<void> {
  await describeChecks(`template plugin ${pluginOf(source).name}`, templatePluginChecks(source, options));
}

const SOME = {
  rule: 'templates-some',
  holds: 'adds templates, each with a name of its own',
  why: 'A repeated name is an error in the host, and the whole plugin is refused.',
  fix: 'List them under contributes.templates or contributes.teamTemplates and give each its own name.',
};

function hasTemplates(templates: readonly AnyTemplate[], teams: readonly AnyTeamTemplate[]): void {
  if (templates.length + teams.length === 0) throw new Error('The plugin adds no template.');
  for (const names of [templates.map(({ name }) => name), teams.map(({ name }) => name)]) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`More than one template is named "${twice}".`);
  }
}

function surroundings(plugin: PluginV1, options: TemplateCheckOptions): TemplateSurroundings {
  const own = plugin.contributes?.templates ?? [];
  const tools = plugin.contributes?.tools ?? [];
  return {
    templates: new Map([...(options.templates ?? []), ...own].map((template) => [template.name, template])),
    tools: options.tools === undefined ? undefined : new Set([...options.tools, ...tools.map(({ name }) => name)]),
    runs: options.runs ?? 50,
    seed: options.seed ?? 1,
  };
}
