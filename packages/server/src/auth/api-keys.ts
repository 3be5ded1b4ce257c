import type { EpochMs, Row, StateStore } from '@master-orchestrator/contracts';
import { OrchestratorError, type Clock, type Json } from '@master-orchestrator/errors';
import {
  createKeyId,
  createSecret,
  hashSecret,
  isSameHash,
  keyText,
  readKeyText,
  type RandomBytes,
} from './api-key-text.js';
import type { Caller, Scope } from './caller.js';

const NAMESPACE = 'api-keys';
/** Compared with where a key is unknown, so that known ids do not answer later than unknown ones. */
const NO_HASH = hashSecret('');
/** `lastUsedAt` is written at most this often, in milliseconds: reading must not become writing. */
const USE_NOTED_EVERY_MS = 60_000;
/** A rotated secret may go on for a week at most, in milliseconds. */
const LONGEST_GRACE_MS = 604_800_000;

/** A key as lists show it. */
export interface ApiKeyView {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** The last four characters, so that a person can tell which key it is. */ readonly last4: string;
  readonly createdAt: EpochMs;
  readonly createdBy: string;
  readonly expiresAt?: EpochMs;
  readonly rotatedAt?: EpochMs;
  /** Until when the secret before the last rotation is accepted. */ readonly graceUntil?: EpochMs;
  /** Within a minute. */ readonly lastUsedAt?: EpochMs;
}

/** A key with its text: shown once, when it is made or rotated. */
export interface NewApiKey extends ApiKeyView {
  readonly key: string;
}

/** What a new key is to be. */
export interface ApiKeyRequest {
  readonly name: string;
  readonly scope: Scope;
  readonly expiresAt?: EpochMs | undefined;
  readonly createdBy: string;
}

interface StoredKey extends ApiKeyView {
  /** SHA-256 of the secret, hex. */ readonly hash: string;
  readonly previousHash?: string;
}

/** Collaborators of {@link ApiKeys}. */
export interface ApiKeysParts {
  readonly state: StateStore;
  readonly clock: Clock;
  /** @default node:crypto */ readonly random?: RandomBytes;
}

/** API keys in the engine's shared state: hashed, with a scope, rotation and expiry. */
export class ApiKeys {
  readonly #parts: ApiKeysParts;
  readonly #noted = new Map<string, EpochMs>();

  constructor(parts: ApiKeysParts) {
    this.#parts = parts;
  }

  /** Makes a key. Its text is in the answer and nowhere else. */
  async create({ name, scope, expiresAt, createdBy }: ApiKeyRequest): Promise<NewApiKey> {
    const { state, clock, random } = this.#parts;
    const now = clock.now();
    this.#checkExpiry(expiresAt, now);
    const id = createKeyId(random);
    const secret = createSecret(random);
    const stored: StoredKey = {
      id,
      name,
      scope,
      last4: secret.slice(-4),
      createdAt: now,
      createdBy,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      hash: hashSecret(secret),
    };
    await state.put(NAMESPACE, id, stored as unknown as Json, { ifVersion: 0 });
    return { ...viewOf(stored), key: keyText({ id, secret }) };
  }

  /**
   * Gives a key a new secret.
   *
   * @param graceMs - How long the old one goes on, in milliseconds, at most a week. @default 0
   * @throws OrchestratorError NOT_FOUND
   */
  async rotate(id: string, graceMs = 0): Promise<NewApiKey> {
    const secret = createSecret(this.#parts.random);
    const rotated = await this.#change(id, (key, now) => {
      const { previousHash: _hash, graceUntil: _until, ...rest } = key;
      const grace = Math.min(graceMs, LONGEST_GRACE_MS);
      return {
        ...rest,
        hash: hashSecret(secret),
        last4: secret.slice(-4),
        rotatedAt: now,
        ...(grace > 0 ? { previousHash: key.hash, graceUntil: now + grace } : {}),
      };
    });
    return { ...viewOf(rotated), key: keyText({ id, secret }) };
  }

  /** Takes a key away, at once. @throws OrchestratorError NOT_FOUND */
  async revoke(id: string): Promise<void> {
    if ((await this.#parts.state.delete(NAMESPACE, id)) !== true) throw unknownKey(id);
    this.#noted.delete(id);
  }

  /** @throws OrchestratorError NOT_FOUND */
  async get(id: string): Promise<ApiKeyView> {
    const row = await this.#parts.state.get(NAMESPACE, id);
    if (row === undefined) throw unknownKey(id);
    return viewOf(keyOf(row));
  }

  /** All keys, by id. */
  async list(): Promise<ApiKeyView[]> {
    const keys: ApiKeyView[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#parts.state.scan(NAMESPACE, '', cursor);
      for (const row of page.items) keys.push(viewOf(keyOf(row)));
      cursor = page.next;
    } while (cursor !== undefined);
    return keys;
  }

  /** True where there is at least one key. */
  async hasAny(): Promise<boolean> {
    return (await this.#parts.state.scan(NAMESPACE, '', undefined, 1)).items.length > 0;
  }

  /** Who holds this key; `undefined` where it is unknown, wrong, expired or no key at all. */
  async verify(text: string): Promise<Caller | undefined> {
    const given = readKeyText(text);
    if (given === undefined) return undefined;
    const row = await this.#parts.state.get(NAMESPACE, given.id);
    const key = row === undefined ? undefined : keyOf(row);
    const now = this.#parts.clock.now();
    const hash = hashSecret(given.secret);
    const isCurrent = isSameHash(hash, key?.hash ?? NO_HASH);
    const isPrevious = isSameHash(hash, key?.previousHash ?? NO_HASH) && now < (key?.graceUntil ?? 0);
    if (key === undefined || !(isCurrent || isPrevious)) return undefined;
    if (key.expiresAt !== undefined && now >= key.expiresAt) return undefined;
    this.#noteUse(key, now);
    return { id: `key:${key.id}`, name: key.name, scope: key.scope };
  }

  /** Writes down that a key was used; a lost write is no harm. */
  #noteUse(key: StoredKey, now: EpochMs): void {
    const noted = this.#noted.get(key.id) ?? key.lastUsedAt ?? 0;
    if (now - noted < USE_NOTED_EVERY_MS) return;
    this.#noted.set(key.id, now);
    this.#change(key.id, (stored) => ({ ...stored, lastUsedAt: now })).catch(() => undefined);
  }

  async #change(id: string, change: (key: StoredKey, now: EpochMs) => StoredKey): Promise<StoredKey> {
    const { state, clock } = this.#parts;
    for (;;) {
      const row = await state.get(NAMESPACE, id);
      if (row === undefined) throw unknownKey(id);
      const next = change(keyOf(row), clock.now());
      const written = await state.put(NAMESPACE, id, next as unknown as Json, { ifVersion: row.version });
      if (written !== 'conflict') return next;
    }
  }

  #checkExpiry(expiresAt: EpochMs | undefined, now: EpochMs): void {
    if (expiresAt === undefined || expiresAt > now) return;
    throw new OrchestratorError('REQUEST_INVALID', 'The key was not made: expiresAt is not in the future.');
  }
}

function keyOf(row: Row): StoredKey {
  return row.value as unknown as StoredKey;
}

function viewOf({ hash: _hash, previousHash: _previous, ...view }: StoredKey): ApiKeyView {
  return view;
}

function unknownKey(id: string): OrchestratorError {
  return new OrchestratorError('NOT_FOUND', `There is no API key "${id}". GET /api/v1/keys lists them.`);
}
