import { createToken } from '@master-orchestrator/errors';

/** Writes one line; fields first, as pino does. */
export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

/** Where log lines go. A pino logger satisfies it. */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
}

/** A logger that drops every line. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** Token of the logger a composition root hands out. */
export const LOGGER = createToken<Logger>('contracts.Logger');
