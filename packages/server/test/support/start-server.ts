import { createTestOrchestrator, type TestOrchestratorOptions } from '@master-orchestrator/core/testing';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { createServer, type Server, type ServerOptions } from '@master-orchestrator/server';
import { scriptedModel, type ModelStepFunction } from '@master-orchestrator/testing';

/** A server on loopback with an orchestrator of its own. */
export interface TestServer extends AsyncDisposable {
  readonly orchestrator: MasterOrchestrator;
  readonly server: Server;
  readonly url: string;
  /** A request with a JSON body; `key` goes into the authorization header. */
  call(method: string, path: string, options?: CallOptions): Promise<CallAnswer>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */ readonly body: never;
}

export interface TestServerOptions extends ServerOptions {
  readonly orchestrator?: TestOrchestratorOptions;
  readonly make?: (orchestrator: MasterOrchestrator) => ServerOptions;
  /** Answers of the model. @default the last message, echoed */ readonly answer?: ModelStepFunction;
}

export const ADMIN_KEY = 'admin-0123456789abcdef-for-tests';

/** Settings that ask for keys. */
export const withAuth = { server: { auth: { enabled: true, adminKey: ADMIN_KEY } } } as const;

const echo: ModelStepFunction = ({ items }) => {
  const last = items.findLast((item) => item.type === 'message');
  return { text: `You said: ${typeof last?.content === 'string' ? last.content : 'something'}` };
};

/** Starts an orchestrator with a scripted model and a server in front of it, on a free port. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { orchestrator: core = {}, make, answer = echo, ...rest } = options;
  const orchestrator = await createTestOrchestrator({ models: [scriptedModel(answer)], ...core });
  const server = await createServer(orchestrator, { ...roomy(rest), ...make?.(orchestrator) }).catch(
    async (error: unknown) => {
      await orchestrator.shutdown({ drainMs: 0 });
      throw error;
    },
  );
  const url = await server.listen({ port: 0 });
  return {
    orchestrator,
    server,
    url,
    call: (method, path, callOptions) => call(url, method, path, callOptions),
    [Symbol.asyncDispose]: () => server.shutdown({ drainMs: 0 }),
  };
}

/** Tests send many requests; those about the rate set their own. */
function roomy(options: ServerOptions): ServerOptions {
  const config = (options.config ?? {}) as { server?: object };
  return { ...options, config: { ...config, server: { rateLimitPerMinute: 1_000_000, ...config.server } } };
}

/** One request. */
export async function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
  const { body, key, headers } = options;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) as never };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
