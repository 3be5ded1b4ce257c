import 'reflect-metadata';
import type { Binder, Resolve, Token } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { container, instanceCachingFactory, type DependencyContainer } from 'tsyringe';

/** One line of {@link CompositionRoot.wiring}: who provides what. */
export interface Wire {
  /** Name of the token, for example `errors.Clock`. */ readonly token: string;
  /** Name of the module that bound it. */ readonly source: string;
  /** True where an app or a test replaced the first binding. */ readonly isRebound: boolean;
  /** True once something has asked for it. */ readonly isResolved: boolean;
}

interface Binding {
  source: string;
  isRebound: boolean;
  isResolved: boolean;
}

const PREFIX = '@master-orchestrator/';

/**
 * The one place where an application is put together. Tokens are typed, so the compiler checks every argument; what a
 * token stands for is made on its first `resolve` and kept.
 */
export class CompositionRoot implements Binder {
  readonly #container: DependencyContainer = container.createChildContainer();
  readonly #bindings = new Map<symbol, Binding>();
  readonly #path: symbol[] = [];
  readonly #made: { readonly token: symbol; readonly value: unknown }[] = [];
  #source = 'app';

  /** Names the module whose bindings follow, for {@link wiring}. */
  module(source: string, bindAll: (root: CompositionRoot) => void): void {
    const before = this.#source;
    this.#source = source;
    try {
      bindAll(this);
    } finally {
      this.#source = before;
    }
  }

  /**
   * Binds a token once; `create` runs at most once, on the first `resolve`.
   *
   * @throws OrchestratorError DUPLICATE_BINDING
   */
  bind<T>(token: Token<T>, create: (resolve: Resolve) => T): void {
    if (this.#bindings.has(token)) {
      throw new OrchestratorError(
        'DUPLICATE_BINDING',
        `Token "${nameOf(token)}" is bound already (by ${this.#bindings.get(token)?.source}). Use rebind() to replace it.`,
      );
    }
    this.#register(token, create, false);
  }

  /**
   * Replaces a binding before anything has asked for it.
   *
   * @throws OrchestratorError UNBOUND_TOKEN, ALREADY_RESOLVED
   */
  rebind<T>(token: Token<T>, create: (resolve: Resolve) => T): void {
    const present = this.#bindings.get(token);
    if (present === undefined) throw unbound(token, this.#path);
    if (present.isResolved) {
      throw new OrchestratorError(
        'ALREADY_RESOLVED',
        `Token "${nameOf(token)}" is in use already: rebind it before the first resolve, in createOrchestrator({ rebind }).`,
      );
    }
    this.#register(token, create, true);
  }

  /** True where the token is bound. */
  has(token: Token<unknown>): boolean {
    return this.#bindings.has(token);
  }

  /**
   * Returns what the token stands for.
   *
   * @throws OrchestratorError UNBOUND_TOKEN, BINDING_CYCLE (naming the path)
   */
  readonly resolve: Resolve = <T>(token: Token<T>): T => {
    const binding = this.#bindings.get(token);
    if (binding === undefined) throw unbound(token, this.#path);
    if (this.#path.includes(token)) {
      const path = [...this.#path.slice(this.#path.indexOf(token)), token].map(nameOf).join(' -> ');
      throw new OrchestratorError(
        'BINDING_CYCLE',
        `These bindings need each other: ${path}. Pass one of them later, through a method.`,
      );
    }
    this.#path.push(token);
    try {
      binding.isResolved = true;
      return this.#container.resolve<T>(token);
    } finally {
      this.#path.pop();
    }
  };

  /** Who provides what, sorted by token. */
  wiring(): Wire[] {
    return [...this.#bindings]
      .map(([token, binding]) => ({ token: nameOf(token), ...binding }))
      .toSorted((a, b) => (a.token < b.token ? -1 : 1));
  }

  /**
   * Calls `dispose()` of everything that was made and has one, in reverse order of making. Every one is called, also
   * when an earlier one throws; the failures come back.
   */
  async dispose(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const { value } of this.#made.splice(0).toReversed()) {
      const dispose = (value as { dispose?: unknown } | null)?.dispose;
      if (typeof dispose !== 'function') continue;
      try {
        await dispose.call(value);
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }

  #register<T>(token: Token<T>, create: (resolve: Resolve) => T, isRebound: boolean): void {
    this.#bindings.set(token, { source: this.#source, isRebound, isResolved: false });
    const useFactory = instanceCachingFactory(() => {
      const value = create(this.resolve);
      this.#made.push({ token, value });
      return value;
    });
    this.#container.register(token, { useFactory });
  }
}

function unbound(token: symbol, path: readonly symbol[]): OrchestratorError {
  const asker = path.length === 0 ? '' : ` (needed by ${path.map(nameOf).join(' -> ')})`;
  return new OrchestratorError(
    'UNBOUND_TOKEN',
    `Nothing is bound to token "${nameOf(token)}"${asker}. Bind it in the composition root.`,
  );
}

function nameOf(token: symbol): string {
  const name = token.description ?? 'unnamed';
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}
