declare const TYPE: unique symbol;

/**
 * A typed key for one thing a composition root hands out. It stands beside the interface it names; two copies of a
 * package agree on it because its identity is a registered symbol.
 */
export type Token<T> = symbol & { readonly [TYPE]?: T };

/**
 * Makes the token with this name.
 *
 * @param name - `<package>.<Interface>`, for example `errors.Clock`.
 */
export function createToken<T>(name: string): Token<T> {
  return Symbol.for(`@master-orchestrator/${name}`);
}

/** Returns what is bound to a token. Only a composition root implements it. */
export type Resolve = <T>(token: Token<T>) => T;

/** The side of a composition root that a package's `bindX` module writes to. */
export interface Binder {
  /** Binds a token once; `create` runs at most once, on the first `resolve`. */
  bind<T>(token: Token<T>, create: (resolve: Resolve) => T): void;
}
