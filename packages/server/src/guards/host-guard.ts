import { OrchestratorError } from '@master-orchestrator/errors';
import { isIP } from 'node:net';

/** What the guard knows of the server. */
export interface HostGuardOptions {
  /** Address the server listens on. */ readonly host: string;
  /** Further names that a Host header may hold. */ readonly allowedHosts: readonly string[];
  /** Web origins that may call from a browser. */ readonly origins: readonly string[];
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
const HOST_FORM = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?$/i;

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[|\]$/g, '');
  return plain === 'localhost' || plain === '::1' || /^127(?:\.\d{1,3}){3}$/.test(plain);
}

/**
 * Refuses requests that a web page of a foreign site makes through its visitor's browser.
 *
 * A page can make a name of its own point to this machine (DNS rebinding); its requests then carry that name as Host.
 * So names must be known. An address cannot be rebound: where the server listens on more than loopback, the address it
 * was called by is accepted.
 */
export class HostGuard {
  readonly #names: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #isLoopbackOnly: boolean;

  constructor({ host, allowedHosts, origins }: HostGuardOptions) {
    this.#isLoopbackOnly = isLoopback(host);
    this.#names = new Set([...LOOPBACK_NAMES, host, ...allowedHosts].map(plainName));
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /** @throws OrchestratorError REQUEST_FORBIDDEN where Host or Origin is foreign */
  check(host: string | undefined, origin: string | undefined): void {
    if (!this.#isKnownHost(host)) {
      throw new OrchestratorError(
        'REQUEST_FORBIDDEN',
        'The Host header does not name this server. Call it by its address, or add the name to server.allowedHosts.',
      );
    }
    if (origin === undefined || this.isAllowedOrigin(origin) || isSameOrigin(origin, host ?? '')) return;
    throw new OrchestratorError(
      'REQUEST_FORBIDDEN',
      'Pages of this origin may not call this server. Add the origin to server.cors.origins if they should.',
    );
  }

  /** True for an origin that cross-origin access was granted to. */
  isAllowedOrigin(origin: string): boolean {
    return this.#origins.has('*') || this.#origins.has(origin.toLowerCase());
  }

  #isKnownHost(host: string | undefined): boolean {
    const [, address, name, port] = HOST_FORM.exec(host ?? '') ?? [];
    const plain = (address ?? name ?? '').toLowerCase();
    if (plain === '' || (port !== undefined && Number(port) > 65_535)) return false;
    if (this.#names.has(plain)) return true;
    return !this.#isLoopbackOnly && isIP(plain) !== 0;
  }
}

/** The page was loaded from this server itself; schemes may differ where a proxy ends TLS. */
function isSameOrigin(origin: string, host: string): boolean {
  try {
    const { host: from, protocol } = new URL(origin);
    return from !== '' && from === new URL(`${protocol}//${host}`).host;
  } catch {
    return false;
  }
}

/** A name of a setting without port and brackets. */
function plainName(name: string): string {
  const [, address, plain] = HOST_FORM.exec(name) ?? [];
  return (address ?? plain ?? name).toLowerCase().replace(/^\[|\]$/g, '');
}
