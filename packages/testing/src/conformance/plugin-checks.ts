import { checkId, withoutSkipped, type Check } from './check.js';
import { pluginFactChecks, pluginOf, type PluginSource } from './plugin-facts.js';
import { recoveryPluginChecks, type RecoveryCheckOptions } from './recovery-checks.js';
import { templatePluginChecks, type TemplateCheckOptions } from './template-checks.js';
import { toolPluginChecks, type ToolCheckOptions } from './tool-checks.js';

/** Options of {@link pluginChecks}: those of every kind. */
export interface PluginChecksOptions extends ToolCheckOptions, TemplateCheckOptions, RecoveryCheckOptions {}

/**
 * The checks of whatever a plugin adds: tools, templates, recovery strategies, or none of them. For commands that check
 * a plugin without knowing its kind; `runChecks` runs them. Models and engines have lists of their own, because they
 * need a place to connect to.
 */
export function pluginChecks(source: PluginSource, options: PluginChecksOptions = {}): readonly Check[] {
  const plugin = pluginOf(source);
  const { tools = [], templates = [], teamTemplates = [], recoveryStrategies = [] } = plugin.contributes ?? {};
  const checks = [
    ...pluginFactChecks(plugin, options),
    ...(tools.length === 0 ? [] : toolPluginChecks(plugin, options)),
    ...(templates.length + teamTemplates.length === 0 ? [] : templatePluginChecks(plugin, options)),
    ...(recoveryStrategies.length === 0 ? [] : recoveryPluginChecks(plugin, options)),
  ];
  const once = new Map(checks.map((check) => [checkId(check), check]));
  return withoutSkipped([...once.values()], options.skip);
}
