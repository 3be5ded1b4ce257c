import type { AgentDefinition, AnyTemplate } from '@master-orchestrator/contracts';
import type { Opened } from '../project/open-orchestrator.js';

/**
 * Names of the agent templates that can be used as things are: all but those that name a tool which no plugin brings. A
 * template that needs parameters is taken for usable.
 */
export function usableTemplates({ orchestrator }: Pick<Opened, 'orchestrator'>): string[] {
  return orchestrator.plugins
    .contributions('templates')
    .map(({ value }) => value)
    .filter((template) => toolsOf(template).every((tool) => orchestrator.tools.getTool(tool) !== undefined))
    .map(({ name }) => name);
}

function toolsOf(template: AnyTemplate): readonly string[] {
  const parameters = template.parameters.safeParse({});
  if (!parameters.success) return [];
  const definition: AgentDefinition<unknown> = template.build(parameters.data as never);
  return definition.tools ?? [];
}
