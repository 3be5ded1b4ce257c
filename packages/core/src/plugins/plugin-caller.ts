import type { Logger, PluginContext, PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, redactText, type Clock, type SecretMask } from '@master-orchestrator/errors';
import type { EventBus } from '../events/event-bus.js';
import { Subscription } from '../events/rx.js';
import { flushSinks } from './flush-sinks.js';

/** Collaborators of a {@link PluginCaller}. */
export interface PluginCallerParts {
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Longest time of one hook, in milliseconds. */ readonly limitMs: number;
  /** Takes the secrets of the configuration out of what a plugin said. @default none are known */ readonly mask?: SecretMask;
}

/** What was opened for one plugin. */
interface Scope {
  readonly controller: AbortController;
  /** What the plugin itself listens to. */ readonly listeners: Subscription;
  /** Its sinks. */ readonly sinks: Subscription;
}

/** The one place that calls into the hooks of plugins: every call is awaited, bounded in time, and its failure told. */
export class PluginCaller {
  readonly #parts: PluginCallerParts;
  readonly #scopes = new Map<PluginV1, Scope>();
  readonly #closing = new AbortController();

  constructor(parts: PluginCallerParts) {
    this.#parts = parts;
  }

  /** True once the orchestrator closes. */
  get isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Tells all plugins that the orchestrator closes; a `setup` under way is not waited for any more. */
  beginClosing(): void {
    const reason = new OrchestratorError('ORCHESTRATOR_CLOSED', 'The orchestrator is closing.');
    this.#closing.abort(reason);
    for (const { controller } of this.#scopes.values()) controller.abort(reason);
  }

  /** Runs `setup`. What it opened is closed where it fails. @throws OrchestratorError PLUGIN_FAILED */
  async open(plugin: PluginV1): Promise<void> {
    const scope = { controller: new AbortController(), listeners: new Subscription(), sinks: new Subscription() };
    this.#scopes.set(plugin, scope);
    try {
      await this.call(plugin.name, 'setup', () => plugin.setup?.(this.#contextFor(plugin, scope)));
    } catch (error) {
      await this.close(plugin);
      throw error;
    }
  }

  /** Lets the sinks of a plugin hear of events. */
  attachSinks(plugin: PluginV1): void {
    const { bus } = this.#parts;
    for (const sink of plugin.contributes.eventSinks ?? []) {
      const name = `${plugin.name}/${sink.name}`;
      const subscription = bus.listen(name, (event) => {
        const handled = sink.handle(event);
        if (handled instanceof Promise) handled.catch((error: unknown) => bus.reportListener(name, error, event));
      });
      this.#scopes.get(plugin)?.sinks.add(subscription);
    }
  }

  /** Its sinks hear of nothing more. */
  detachSinks(plugin: PluginV1): void {
    this.#scopes.get(plugin)?.sinks.unsubscribe();
  }

  /** Lets go of all that a plugin added at run time: sinks deliver, providers and the plugin itself are disposed. */
  async retire(plugin: PluginV1): Promise<void> {
    if (!this.#scopes.has(plugin)) return;
    const { bus, clock, limitMs } = this.#parts;
    const sinks = (plugin.contributes.eventSinks ?? []).map((value) => ({ plugin, value }));
    await flushSinks(sinks, { bus, clock, limitMs });
    for (const provider of plugin.contributes.models ?? []) {
      await this.call(plugin.name, 'model.dispose', () => provider.dispose?.()).catch(() => undefined);
    }
    await this.close(plugin);
  }

  /** Ends what a plugin listens to and runs `dispose`, once; a failure is told as an event. */
  async close(plugin: PluginV1): Promise<void> {
    const scope = this.#scopes.get(plugin);
    if (!this.#scopes.delete(plugin) || scope === undefined) return;
    scope.controller.abort(new OrchestratorError('CANCELLED', `Plugin "${plugin.name}" is removed.`));
    scope.sinks.unsubscribe();
    scope.listeners.unsubscribe();
    await this.call(plugin.name, 'dispose', () => plugin.dispose?.()).catch(() => undefined);
  }

  /** Runs one hook. @throws OrchestratorError PLUGIN_FAILED, where it throws, rejects or does not end in time */
  async call(plugin: string, hook: string, run: () => unknown): Promise<void> {
    try {
      await this.#inTime(run, hook);
    } catch (cause) {
      const error = new OrchestratorError(
        'PLUGIN_FAILED',
        `Plugin "${plugin}" failed in ${hook}(): ${this.#mask(wordsOf(cause))} Look at the cause, or leave the plugin out.`,
        { cause: isReadableError(cause) ? cause : undefined, details: { plugin, hook } },
      );
      this.tell(plugin, hook, error);
      throw error;
    }
  }

  /** Says that a plugin failed, as an event and in the log. */
  tell(plugin: string, hook: string, error: OrchestratorError): void {
    const serialized = this.#mask(error.toJSON());
    this.#parts.bus.announce('plugin-fail', { plugin, hook, error: serialized });
    this.#parts.logger.error({ plugin, hook, err: serialized }, 'plugin failed');
  }

  #mask<Value>(value: Value): Value {
    return this.#parts.mask?.(value) ?? value;
  }

  async #inTime(run: () => unknown, hook: string): Promise<void> {
    const { clock, limitMs } = this.#parts;
    const { signal } = this.#closing;
    let stopWaiting: (() => void) | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const cancel = clock.setTimer(limitMs, () => reject(new Error(`It did not end within ${limitMs} ms.`)), true);
      const onClosing = (): void => reject(signal.reason as Error);
      if (hook === 'setup') signal.addEventListener('abort', onClosing, { once: true });
      stopWaiting = () => {
        cancel();
        signal.removeEventListener('abort', onClosing);
      };
    });
    try {
      await Promise.race([(async () => run())(), late]);
    } finally {
      stopWaiting?.();
    }
  }

  #contextFor(plugin: PluginV1, { controller, listeners }: Scope): PluginContext {
    return {
      logger: this.#parts.logger,
      events$: this.#parts.bus.events$,
      listen: (name, handle) => {
        const subscription = this.#parts.bus.listen(`${plugin.name}/${name}`, handle);
        listeners.add(subscription);
        return subscription;
      },
      signal: controller.signal,
    };
  }
}

/** False for what is no error and for what cannot be looked at without throwing. */
function isReadableError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error && typeof thrown.message === 'string' && thrown.stack !== null;
  } catch {
    return false;
  }
}

/** What was thrown, in words; a plugin may throw anything. */
function wordsOf(thrown: unknown): string {
  try {
    const words = redactText(thrown instanceof Error ? thrown.message : String(thrown))
      .slice(0, 500)
      .trim();
    return /[.!?]$/.test(words) ? words : `${words}.`;
  } catch {
    return 'it threw something that cannot be read.';
  }
}
