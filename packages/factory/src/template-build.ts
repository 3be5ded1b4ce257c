import type { AgentDefinition, AnyTemplate } from '@master-orchestrator/contracts';
import { classify, OrchestratorError } from '@master-orchestrator/errors';
import { readParameters } from './read-parameters.js';

/** Longest chain of templates that extend each other. */
const LONGEST_CHAIN = 8;

/**
 * The definition a template gives for parameters. A template that extends another is laid over it: lists of tools and
 * delegates are joined, everything else is replaced.
 *
 * @throws OrchestratorError TEMPLATE_UNKNOWN, TEMPLATE_PARAMETERS_INVALID, PLUGIN_INVALID (a circle of templates)
 */
export function definitionFrom(
  name: string,
  parameters: unknown,
  find: (name: string) => AnyTemplate,
  chain: readonly string[] = [],
): AgentDefinition<unknown> {
  const template = find(name);
  if (chain.includes(name) || chain.length >= LONGEST_CHAIN) {
    throw new OrchestratorError(
      'PLUGIN_INVALID',
      `Templates extend each other in a circle or too deeply: ${[...chain, name].join(' -> ')}.`,
    );
  }
  const given = readParameters(template.parameters, parameters, `Template "${name}"`);
  const own = built(`Template "${name}"`, () => template.build(given as never));
  if (template.extends === undefined) return own;
  const base = definitionFrom(template.extends, parameters, find, [...chain, name]);
  return layOver(base, own);
}

/**
 * What `build` of a template gives.
 *
 * @throws OrchestratorError PLUGIN_FAILED where it throws something else than one of ours, or gives no object
 */
export function built<Definition>(label: string, build: () => Definition): Definition {
  let cause: unknown;
  try {
    const definition = build();
    if (typeof definition === 'object' && definition !== null && !(definition instanceof Promise)) return definition;
    cause = new TypeError(`build() gave ${definition instanceof Promise ? 'a promise' : typeof definition}`);
  } catch (error) {
    if (OrchestratorError.isInstance(error)) throw error;
    cause = error;
  }
  const { message } = classify(cause);
  throw new OrchestratorError('PLUGIN_FAILED', `${label} failed in build(): ${message} Mend the template.`, { cause });
}

function layOver(base: AgentDefinition<unknown>, own: AgentDefinition<unknown>): AgentDefinition<unknown> {
  const joined = { ...base, ...own };
  const tools = [...new Set([...(base.tools ?? []), ...(own.tools ?? [])])];
  const delegates = [...new Set([...(base.delegates ?? []), ...(own.delegates ?? [])])];
  return {
    ...joined,
    ...(tools.length === 0 ? {} : { tools }),
    ...(delegates.length === 0 ? {} : { delegates }),
    ...(base.settings === undefined ? {} : { settings: { ...base.settings, ...own.settings } }),
    ...(base.limits === undefined ? {} : { limits: { ...base.limits, ...own.limits } }),
  };
}
