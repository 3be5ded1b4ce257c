import { OrchestratorError } from '@master-orchestrator/errors';
import type { IncomingHttpHeaders } from 'node:http';
import { hashSecret, isSameHash } from './api-key-text.js';
import type { ApiKeys } from './api-keys.js';
import type { Caller } from './caller.js';
import type { JsonWebTokens } from './json-web-tokens.js';

/** Collaborators of an {@link Authenticator}. */
export interface AuthenticatorParts {
  readonly keys: ApiKeys;
  /** A key from the configuration with all rights. */ readonly adminKey?: string | undefined;
  /** Absent: tokens are not accepted. */ readonly tokens?: JsonWebTokens | undefined;
}

const BEARER = /^bearer +([^\s]+)$/i;

/** Tells who sends a request, from its headers alone. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #adminHash: string | undefined;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
    this.#adminHash = parts.adminKey === undefined ? undefined : hashSecret(parts.adminKey);
  }

  /**
   * @throws OrchestratorError REQUEST_UNAUTHORIZED for a missing, malformed, wrong or expired credential
   */
  async identify(headers: IncomingHttpHeaders): Promise<Caller> {
    const credential = credentialOf(headers);
    if (credential === undefined) {
      throw unauthorized('The request names no key. Send "Authorization: Bearer <key>" or "X-API-Key: <key>".');
    }
    const caller = await this.#callerOf(credential);
    if (caller === undefined) throw unauthorized('The key or token is not valid, or has expired. Ask for a new one.');
    return caller;
  }

  async #callerOf(credential: string): Promise<Caller | undefined> {
    if (this.#adminHash !== undefined && isSameHash(hashSecret(credential), this.#adminHash)) {
      return { id: 'admin-key', name: 'admin key', scope: 'admin' };
    }
    return (await this.#parts.keys.verify(credential)) ?? this.#parts.tokens?.verify(credential);
  }
}

/** Two different credentials are as good as none: nobody could say which one counts. */
function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization, 'x-api-key': apiKey } = headers;
  const bearer = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
  if (authorization !== undefined && bearer === undefined) return undefined;
  if (Array.isArray(apiKey)) return undefined;
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) return undefined;
  return bearer ?? apiKey;
}

function unauthorized(message: string): OrchestratorError {
  return new OrchestratorError('REQUEST_UNAUTHORIZED', message);
}
