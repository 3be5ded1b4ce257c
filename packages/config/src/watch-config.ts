import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock, type Clock } from '@master-orchestrator/errors';
import { changeBetween, takeOver, type ConfigChange } from './config-change.js';
import { findFiles } from './config-files.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';
import type { LoadedConfig } from './loaded-config.js';

/** What {@link watchConfig} takes beside what {@link loadConfig} takes. */
export interface WatchConfigOptions extends LoadConfigOptions {
  /**
   * Brings a running process from the configuration it has to this one; only settings marked reloadable differ. A throw
   * or rejection rolls back: it is called once more, with the configuration from before and `isRollback`.
   */
  apply(next: LoadedConfig, change: ConfigChange & { readonly isRollback: boolean }): void | Promise<void>;
  /** Told why a new configuration does not count: it is invalid, or `apply` failed. The old one goes on. */
  onReject(error: unknown): void;
  /**
   * What is in force already, loaded with the same options; what the files say otherwise by now is applied at once.
   * @default loaded at the start
   */
  readonly current?: LoadedConfig;
  /** Time between two looks at the files, in milliseconds. @default 1_000 */ readonly intervalMs?: number;
  /** @default the system's */ readonly clock?: Clock;
}

/** A configuration that follows its files. */
export interface ConfigWatcher {
  /** What counts now. */ readonly current: LoadedConfig;
  /** Reads everything again at once (for SIGHUP); answers what was taken over, `undefined` where nothing or rejected. */
  reload(): Promise<ConfigChange | undefined>;
  /** Stops watching; a reload that has begun is not applied any more. */ close(): void;
}

/**
 * Loads the configuration and follows its files: the project's, the user's and `.env`, also where one comes or goes. A
 * change is read once the files have stood still for one interval. The timer does not keep the process alive.
 *
 * @throws ConfigInvalidError (CONFIG_INVALID) and CONFIG_NOT_FOUND as {@link loadConfig} does, at the start only.
 */
export async function watchConfig(options: WatchConfigOptions): Promise<ConfigWatcher> {
  const fingerprint = await fingerprintOf(options);
  if (options.current === undefined) return new FileWatcher(options, await loadConfig(options), fingerprint).start();
  const watcher = new FileWatcher(options, options.current, fingerprint).start();
  await watcher.reload();
  return watcher;
}

class FileWatcher implements ConfigWatcher {
  readonly #options: WatchConfigOptions;
  readonly #clock: Clock;
  #current: LoadedConfig;
  /** Of the files as they were read last. */ #read: string;
  /** Of the files at the last look. */ #seen: string;
  #cancelTimer: () => void = () => {};
  #isClosed = false;
  /** Reloads stand in line: each begins when the one before has ended. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WatchConfigOptions, current: LoadedConfig, fingerprint: string) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#current = current;
    this.#read = fingerprint;
    this.#seen = fingerprint;
  }

  get current(): LoadedConfig {
    return this.#current;
  }

  start(): this {
    this.#cancelTimer = this.#clock.setTimer(this.#options.intervalMs ?? 1_000, () => void this.#look());
    return this;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
  }

  reload(): Promise<ConfigChange | undefined> {
    const next = this.#last.then(() => this.#reload());
    this.#last = next;
    return next;
  }

  async #look(): Promise<void> {
    const fingerprint = await fingerprintOf(this.#options);
    const isStill = fingerprint === this.#seen;
    this.#seen = fingerprint;
    if (isStill && fingerprint !== this.#read && !this.#isClosed) await this.reload();
    if (!this.#isClosed) this.start();
  }

  /** Never rejects: what goes wrong is told to `onReject`. */
  async #reload(): Promise<ConfigChange | undefined> {
    try {
      this.#read = await fingerprintOf(this.#options);
      const later = await loadConfig(this.#options);
      const change = changeBetween(this.#current, later);
      if (this.#isClosed || change.reloaded.length + change.needsRestart.length === 0) return undefined;
      const next = takeOver(this.#current, later, change);
      await this.#apply(next, change);
      this.#current = next;
      return change;
    } catch (error) {
      this.#options.onReject(error);
      return undefined;
    }
  }

  async #apply(next: LoadedConfig, change: ConfigChange): Promise<void> {
    try {
      await this.#options.apply(next, { ...change, isRollback: false });
    } catch (error) {
      try {
        await this.#options.apply(this.#current, { ...change, isRollback: true });
      } catch (second) {
        throw new AggregateError([error, second], 'A new configuration failed to apply, and so did the old one.', {
          cause: second,
        });
      }
      throw error;
    }
  }
}

/** Tells whether any of the files changed, came or went. */
async function fingerprintOf(options: LoadConfigOptions): Promise<string> {
  const cwd = resolve(options.cwd ?? process.cwd());
  const env = options.env ?? process.env;
  const found = await findFiles({ ...options, cwd, env }).catch(() => undefined);
  if (found === undefined) return 'missing';
  const files = [found.project, found.user, found.dotenv].filter((file) => file !== undefined);
  const marks = await Promise.all(
    files.map(async (file) => {
      const facts = await stat(file).catch(() => undefined);
      return facts === undefined ? `${file} gone` : `${file} ${facts.mtimeMs} ${facts.size} ${facts.ino}`;
    }),
  );
  return marks.join('\n');
}
