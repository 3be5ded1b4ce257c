import { secretValues, type LoadedConfig } from '@master-orchestrator/config';
import type { Logger } from '@master-orchestrator/contracts';
import { createRedactor } from '@master-orchestrator/errors';
import { destination, pino, stdSerializers, stdTimeFunctions, type LoggerOptions } from 'pino';

/** A pino logger with the two things a long-running command asks of it. */
export interface CommandLogger extends Logger {
  /** Takes another level over, when the configuration changes. */ setLevel(level: string): void;
  /** Writes what is buffered. */ flush(): void;
}

/**
 * A logger on stderr: lines for people in `pretty` format, JSON in `json`. Every field and text passes the redactor,
 * which also knows the secrets of the configuration.
 */
export async function createLogger(
  loaded: LoadedConfig,
  { level = loaded.config.logging.level }: { readonly level?: string } = {},
): Promise<CommandLogger> {
  const redactor = createRedactor({ secrets: secretValues(loaded.config) });
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: (value: unknown) => (value instanceof Error ? stdSerializers.err(value) : value) },
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => redactor.redact(fields) as Record<string, unknown>,
    },
    hooks: {
      logMethod(given, method) {
        const words = given.map((value: unknown) => (typeof value === 'string' ? redactor.redactText(value) : value));
        Reflect.apply(method, this, words);
      },
    },
  };
  const stream =
    loaded.config.logging.format === 'pretty' ? await prettyStream() : destination({ dest: 2, sync: true });
  const logger = pino(options, stream);
  return Object.assign(logger, {
    setLevel: (next: string) => {
      logger.level = next;
    },
  });
}

async function prettyStream(): Promise<NodeJS.WritableStream> {
  const { default: pretty } = await import('pino-pretty');
  const { colorsFor } = await import('../output/colors.js');
  return pretty({
    colorize: colorsFor(process.stderr, true).isOn,
    destination: 2,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
}
