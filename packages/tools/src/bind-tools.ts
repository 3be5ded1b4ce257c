import { IDS, LOGGER } from '@master-orchestrator/contracts';
import { CLOCK, createToken, RANDOM, type Binder, type Resolve, type Token } from '@master-orchestrator/errors';
import { ToolRegistry } from './tool-registry.js';
import type { ToolRegistryOptions } from './tool-registry-options.js';

/** Token of the registry a composition root hands out. */
export const TOOL_REGISTRY: Token<ToolRegistry> = createToken<ToolRegistry>('tools.ToolRegistry');

/**
 * Binds {@link TOOL_REGISTRY}. Clock, chance, ids and logger come from their tokens; everything else, and what is to be different, from `options`.
 *
 * @param binder - The writing side of a composition root.
 * @param options - Settings, or a function that makes them from other tokens.
 */
export function bindTools(
  binder: Binder,
  options: ToolRegistryOptions | ((resolve: Resolve) => ToolRegistryOptions) = {},
): void {
  binder.bind(
    TOOL_REGISTRY,
    (resolve) =>
      new ToolRegistry({
        clock: resolve(CLOCK),
        random: resolve(RANDOM),
        createId: resolve(IDS),
        logger: resolve(LOGGER),
        ...(typeof options === 'function' ? options(resolve) : options),
      }),
  );
}
