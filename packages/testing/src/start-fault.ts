import type { FaultKind } from './fault-kinds.js';
import { refusedOrigin } from './json-server.js';
import { startOpenAIServer, type OpenAIServer } from './openai-server/openai-server.js';
import type { ScriptedAnswer } from './openai-server/scripted-answer.js';
import { startSelfSignedServer } from './tls/self-signed-server.js';

/** Options of {@link startFault}. */
export interface StartFaultOptions {
  /** A tool that the agent has, for faults that call one. @default 'probe' */ readonly tool?: string;
  /** How many requests it hits, before the service is well again. @default for ever */ readonly times?: number;
  /** What is answered once it is well. @default the text 'Well again.' */
  readonly then?: ScriptedAnswer;
}

/** A place where one kind of fault is met. */
export interface FaultEndpoint {
  /** Base URL for a client. */ readonly url: string;
  /** The server, where one answers. */ readonly server?: OpenAIServer;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Name that no resolver knows (RFC 2606). */
const UNKNOWN_HOST = 'nonexistent.invalid';

/**
 * Sets up what a kind of fault needs: a server that answers so, a port where nothing listens, a name that does not
 * exist, a server with a certificate of its own.
 */
export async function startFault(kind: FaultKind, options: StartFaultOptions = {}): Promise<FaultEndpoint> {
  const { tool = 'probe', times = Infinity, then = { text: 'Well again.' } } = options;
  if (kind.place === 'refused') return nowhere(`${await refusedOrigin()}/v1`);
  if (kind.place === 'dns') return nowhere(`http://${UNKNOWN_HOST}/v1`);
  if (kind.place === 'tls') {
    const server = await startSelfSignedServer();
    return { url: `${server.origin}/v1`, [Symbol.asyncDispose]: () => server.close() };
  }
  const spoiled = kind.answer?.(tool) ?? {};
  const server = await startOpenAIServer({ script: (_request, index) => (index < times ? spoiled : then) });
  return { url: server.url, server, [Symbol.asyncDispose]: () => server.close() };
}

function nowhere(url: string): FaultEndpoint {
  return { url, [Symbol.asyncDispose]: () => Promise.resolve() };
}
