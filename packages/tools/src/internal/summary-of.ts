import type { ToolSummary } from '../tool-summary.js';
import type { ToolEntry } from './tool-entry.js';

/** A registered tool as lists show it. */
export function summaryOf({ tool, origin, limits }: ToolEntry): ToolSummary {
  return {
    name: tool.name,
    description: tool.description,
    category: tool.category,
    accessLevel: tool.accessLevel,
    effect: typeof tool.effect === 'function' ? 'depends' : tool.effect,
    limits,
    approval: approvalOf(tool),
    ...(tool.version === undefined ? {} : { version: tool.version }),
    ...(origin.plugin === undefined ? {} : { plugin: origin.plugin }),
    ...(origin.permissions === undefined ? {} : { permissions: origin.permissions }),
  };
}

function approvalOf(tool: ToolEntry['tool']): ToolSummary['approval'] {
  if (tool.accessLevel === 'privileged' || tool.approval === true) return 'always';
  return typeof tool.approval === 'function' ? 'sometimes' : 'never';
}
