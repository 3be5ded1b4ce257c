/** What a caller may do; each includes those before it. */
export const SCOPES = ['read', 'operate', 'admin'] as const;

/** One of {@link SCOPES}: `read` looks, `operate` starts and stops work, `admin` changes who may do what. */
export type Scope = (typeof SCOPES)[number];

/** Who sends a request. */
export interface Caller {
  /** Stable id: `key:<id>`, `jwt:<subject>`, `admin-key`, or `anonymous` where no authentication is asked for. */
  readonly id: string;
  /** Name for logs and for the record of who decided. */ readonly name: string;
  /** The strongest scope it has; absent: a valid identity without any right. */ readonly scope?: Scope;
}

/** The caller of a server that asks for no authentication: it listens on loopback alone. */
export const ANONYMOUS: Caller = { id: 'anonymous', name: 'anonymous', scope: 'admin' };

/** True where a caller's scope includes the wanted one. */
export function allows(caller: Caller, wanted: Scope): boolean {
  return caller.scope !== undefined && SCOPES.indexOf(caller.scope) >= SCOPES.indexOf(wanted);
}
