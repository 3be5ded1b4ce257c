import { OrchestratorError } from '@master-orchestrator/errors';
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { SCOPES, type Caller, type Scope } from './caller.js';

/** Signatures that need a private key; a shared secret could be forged by every verifier. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks may differ by this much, in seconds. */
const TOLERANCE_S = 5;
const FETCH_TIMEOUT_MS = 5_000;

/** Where tokens come from and whom they are for. */
export interface JsonWebTokenOptions {
  /** Address of the issuer's public keys. */ readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Checks bearer tokens with the public keys of their issuer (RFC 7519, RFC 8725). */
export class JsonWebTokens {
  readonly #options: JsonWebTokenOptions;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(options: JsonWebTokenOptions) {
    this.#options = options;
    this.#keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: FETCH_TIMEOUT_MS });
  }

  /**
   * Who holds this token; `undefined` where it is malformed, forged, expired or meant for somebody else.
   *
   * @throws OrchestratorError CONNECTION_FAILED where the issuer's keys cannot be fetched
   */
  async verify(token: string): Promise<Caller | undefined> {
    if (!isWellFormed(token)) return undefined;
    const { issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      });
      return callerOf(payload);
    } catch (error) {
      if (isTokenFault(error)) return undefined;
      throw new OrchestratorError(
        'CONNECTION_FAILED',
        `The keys of the token issuer at ${new URL(this.#options.jwksUrl).origin} cannot be read. Check server.auth.jwt.jwksUrl.`,
        { cause: error },
      );
    }
  }
}

/** Looks at the form alone, so that nonsense never makes the server ask the issuer for keys. */
function isWellFormed(token: string): boolean {
  if (token.length > 16_384 || token.split('.').length !== 3) return false;
  try {
    const { alg } = decodeProtectedHeader(token);
    return typeof alg === 'string' && ALGORITHMS.includes(alg);
  } catch {
    return false;
  }
}

function isTokenFault(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  if (!(error instanceof errors.JOSEError)) return false;
  return error.code !== 'ERR_JOSE_GENERIC'; // jose's own code where the key set did not answer 200 with JSON
}

/** RFC 7519 wants the subject to be a text; an empty one names nobody. */
function callerOf(payload: JWTPayload): Caller | undefined {
  const subject: unknown = payload.sub;
  if (typeof subject !== 'string' || subject === '') return undefined;
  const scope = strongestScope(claimedScopes(payload));
  return { id: `jwt:${subject}`, name: subject, ...(scope === undefined ? {} : { scope }) };
}

/** `scope` as RFC 8693 writes it (words in one text), or lists `scopes`, `scp` and `roles`. */
function claimedScopes(payload: JWTPayload): string[] {
  return ['scope', 'scopes', 'scp', 'roles'].flatMap((name) => {
    const claim = payload[name];
    if (typeof claim === 'string') return claim.split(' ');
    return Array.isArray(claim) ? claim.filter((item): item is string => typeof item === 'string') : [];
  });
}

function strongestScope(claimed: readonly string[]): Scope | undefined {
  return SCOPES.toReversed().find((scope) => claimed.includes(scope) || claimed.includes(`mao:${scope}`));
}
