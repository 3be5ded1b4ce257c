import type { Logger, LogMethod, ToolContext } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { loopbackFetch } from './loopback-fetch.js';
import { TemporaryFiles } from './temporary-files.js';

/** A line that a tool logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A tool context that a test can look into. */
export interface TestToolContext<UserContext = unknown> extends ToolContext<UserContext> {
  /** Absolute path of the folder its `files` live in; made on first use. */ readonly folder: string;
  /** What the tool reported with `progress`. */ readonly updates: readonly Json[];
  /** What the tool logged. */ readonly logs: readonly LogLine[];
  /** Aborts `signal`, as a cancel or a time limit does. */ abort(reason?: unknown): void;
  /** Removes the folder. `await using` or `using` does it. */ dispose(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A context for calling a tool by hand: `await tool.execute({ city: 'Lisbon' }, testToolContext())`.
 *
 * `fetch` reaches loopback servers only; `files` live in a temporary folder of their own, removed by `dispose()` or at
 * the end of the process; `env` is empty. Of a tool with a `userContextSchema`, give the `userContext` it needs.
 *
 * @param overrides - Fields to set. A `signal` given here is heeded beside `abort()`.
 */
export function testToolContext<UserContext>(
  overrides: Partial<ToolContext> & { readonly userContext: UserContext },
): TestToolContext<UserContext>;
export function testToolContext(overrides?: Partial<ToolContext>): TestToolContext;
export function testToolContext(overrides: Partial<ToolContext> = {}): TestToolContext {
  const controller = new AbortController();
  const files = new TemporaryFiles();
  const updates: Json[] = [];
  const logs: LogLine[] = [];
  const { signal: given, ...rest } = overrides;
  const dispose = (): void => files.dispose();
  return {
    agent: { id: 'agent_test', name: 'test agent' },
    taskId: 'task_test',
    runId: 'run_test',
    callId: 'call_test',
    idempotencyKey: 'task_test:call_test',
    logger: recordingLogger(logs),
    fetch: loopbackFetch,
    files,
    env: {},
    userContext: undefined,
    progress: (update) => void updates.push(update),
    ...rest,
    signal: given === undefined ? controller.signal : AbortSignal.any([given, controller.signal]),
    get folder() {
      return files.folder;
    },
    updates,
    logs,
    abort: (reason) => controller.abort(reason ?? new DOMException('The test cancelled the call.', 'AbortError')),
    dispose,
    [Symbol.dispose]: dispose,
    [Symbol.asyncDispose]: () => Promise.resolve(dispose()),
  };
}

function recordingLogger(logs: LogLine[]): Logger {
  const method =
    (level: LogLine['level']): LogMethod =>
    (first: object | string, message?: string) => {
      const fields = typeof first === 'string' ? {} : first;
      logs.push({ level, fields, message: typeof first === 'string' ? first : (message ?? '') });
    };
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
}
