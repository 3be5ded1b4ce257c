import type { HealthReport } from '@master-orchestrator/contracts';
import { classify, type BreakerRegistry, type Clock } from '@master-orchestrator/errors';
import type { ModelRegistry } from './models/model-registry.js';
import type { PluginRegistry } from './plugins/plugin-registry.js';

/** Health of one part. */
export interface HealthPart extends HealthReport {
  readonly name: string;
  readonly isCritical: boolean;
}

/** Health of the whole: the worst of its critical parts, `degraded` where another part is not well. */
export interface Health {
  readonly status: HealthReport['status'];
  readonly parts: readonly HealthPart[];
}

/** Longest time one check may take, in milliseconds. */
const CHECK_TIMEOUT_MS = 2_000;

/** Collaborators of a {@link HealthDesk}. */
export interface HealthDeskParts {
  readonly models: ModelRegistry;
  readonly plugins: PluginRegistry;
  readonly breakers: BreakerRegistry;
  readonly clock: Clock;
  /** Reads the store once. */ probeStore(): Promise<void>;
  /** True once a shutdown has begun. */ isClosing(): boolean;
}

/** Asks every part how it is. */
export class HealthDesk {
  readonly #parts: HealthDeskParts;

  constructor(parts: HealthDeskParts) {
    this.#parts = parts;
  }

  /** Runs all checks at once, each with a time limit; none can make it throw. */
  async check(): Promise<Health> {
    const parts = await Promise.all([
      this.#part('store', true, async () => {
        await this.#parts.probeStore();
        return { status: 'ok' };
      }),
      this.#part('breakers', false, async () => this.#breakers()),
      ...this.#parts.models.list().map((provider) =>
        this.#part(`model:${provider.name}`, false, async (signal) => {
          await provider.ping?.(signal);
          return { status: 'ok' };
        }),
      ),
      ...this.#parts.plugins
        .contributions('healthChecks')
        .map(({ plugin, value }) =>
          this.#part(`${plugin.name}/${value.name}`, value.isCritical === true, (signal) => value.check(signal)),
        ),
    ]);
    if (this.#parts.isClosing())
      return {
        status: 'down',
        parts: [...parts, { name: 'shutdown', isCritical: true, status: 'down', message: 'shutting down' }],
      };
    const isDown = parts.some((part) => part.isCritical && part.status === 'down');
    const isWell = parts.every((part) => part.status === 'ok');
    return { status: isDown ? 'down' : isWell ? 'ok' : 'degraded', parts };
  }

  async #breakers(): Promise<HealthReport> {
    const open = this.#parts.breakers.openKeys();
    return open.length === 0
      ? { status: 'ok' }
      : { status: 'degraded', message: `open: ${open.join(', ')}`, details: { open } };
  }

  async #part(
    name: string,
    isCritical: boolean,
    check: (signal: AbortSignal) => Promise<HealthReport>,
  ): Promise<HealthPart> {
    const controller = new AbortController();
    let cancel: (() => void) | undefined;
    const late = new Promise<HealthReport>((resolve) => {
      cancel = this.#parts.clock.setTimer(CHECK_TIMEOUT_MS, () => {
        controller.abort();
        resolve({ status: 'down', message: `no answer within ${CHECK_TIMEOUT_MS} ms` });
      });
    });
    try {
      return { ...(await Promise.race([check(controller.signal), late])), name, isCritical };
    } catch (error) {
      return { name, isCritical, status: 'down', message: classify(error).message };
    } finally {
      cancel?.();
    }
  }
}
