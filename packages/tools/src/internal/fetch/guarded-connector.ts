import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import { classify, OrchestratorError, type Clock } from '@master-orchestrator/errors';
import type { AddressCheck } from './public-address.js';
import { loadAddressCheck } from './public-address.js';

/** Looks a host name up; every answer is checked, and only these answers are connected to. */
export type HostLookup = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Where to connect to. */
export interface DialTarget {
  readonly hostname: string;
  readonly port: number;
  /** Answers of the look-up, all checked; or the address itself where the host is one. */ readonly addresses: readonly LookupAddress[];
  /** Name for TLS; absent for plain connections. */ readonly tlsName?: string;
}

/** Opens a connection. The socket is not connected yet; `readyEvent` tells when it is. */
export type Dial = (target: DialTarget) => {
  readonly socket: Socket;
  readonly readyEvent: 'connect' | 'secureConnect';
};

/** The wish of the HTTP client for a connection. */
export interface ConnectWish {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string;
  readonly servername?: string | null | undefined;
}

type ConnectCallback = (...result: [Error, null] | [null, Socket]) => void;

/** What a connector works with. */
export interface ConnectorParts {
  readonly lookup: HostLookup;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly connectMs: number;
  /** True: for hosts that were allowed although they are not public. */ readonly isPrivateAllowed: boolean;
}

/**
 * Makes the function by which the HTTP client gets its connections. The guard stands here, inside the connection, so
 * that literals, each look-up and the address the socket really reached are all checked.
 */
export function guardedConnector(parts: ConnectorParts): (wish: ConnectWish, callback: ConnectCallback) => void {
  const answer = async (wish: ConnectWish, callback: ConnectCallback): Promise<void> => {
    let socket: Socket;
    try {
      socket = await connect(parts, wish);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
      return;
    }
    callback(null, socket);
  };
  return (wish, callback) => void answer(wish, callback);
}

async function connect(parts: ConnectorParts, wish: ConnectWish): Promise<Socket> {
  const check = await loadAddressCheck();
  const hostname = withoutBrackets(wish.hostname);
  const port = wish.port === '' ? (wish.protocol === 'https:' ? 443 : 80) : Number(wish.port);
  const addresses = await addressesOf(parts, hostname);
  for (const { address } of addresses) judge(parts, check, hostname, address);
  const isLiteral = addresses[0]?.address === hostname;
  const tlsName = wish.protocol === 'https:' ? { tlsName: wish.servername ?? (isLiteral ? '' : hostname) } : {};
  const { socket, readyEvent } = parts.dial({ hostname, port, addresses, ...tlsName });
  await ready(socket, readyEvent, parts, hostname, port);
  try {
    judge(parts, check, hostname, socket.remoteAddress ?? '');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

async function addressesOf({ lookup }: ConnectorParts, hostname: string): Promise<readonly LookupAddress[]> {
  const family = process.getBuiltinModule('node:net').isIP(hostname);
  if (family !== 0) return [{ address: hostname, family }];
  try {
    const addresses = await lookup(hostname);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    throw classify(error, { source: 'tool', what: `Host "${hostname}"` });
  }
  throw new OrchestratorError('DNS_FAILED', `Host "${hostname}" has no address. Check its spelling.`);
}

/** One address that is not public refuses the whole name: which one would be used is not ours to know. */
function judge({ isPrivateAllowed }: ConnectorParts, check: AddressCheck, hostname: string, address: string): void {
  if (check.isPublic(address)) return;
  // A name that was allowed may lead into the private network, but not to the metadata service of a cloud.
  if (isPrivateAllowed && (address === hostname || !check.isLinkLocal(address))) return;
  const shown = address === hostname || address === '' ? `"${hostname}"` : `"${hostname}" (${address})`;
  throw new OrchestratorError(
    'SSRF_BLOCKED',
    `The request to ${shown} was not sent: its address is not public. List the host in allowPrivateHosts to allow it.`,
    {
      details: { host: hostname },
    },
  );
}

function ready(
  socket: Socket,
  event: string,
  { clock, connectMs }: ConnectorParts,
  hostname: string,
  port: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      cancel();
      socket.removeListener(event, onReady);
      socket.removeListener('error', finish);
      if (error === undefined) return resolve();
      socket.on('error', () => {}); // a destroyed socket may report once more
      socket.destroy();
      reject(error);
    };
    const onReady = (): void => finish();
    const cancel = clock.setTimer(
      connectMs,
      () =>
        finish(
          new OrchestratorError('CONNECT_TIMEOUT', `No connection to "${hostname}:${port}" within ${connectMs} ms.`),
        ),
      true,
    );
    socket.once(event, onReady);
    socket.once('error', finish);
  });
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** The look-up of the machine. */
export const systemLookup: HostLookup = async (hostname) => {
  const { lookup } = process.getBuiltinModule('node:dns').promises;
  return lookup(hostname, { all: true });
};

/** Connects to the checked addresses alone, the first that answers (RFC 8305). */
export const systemDial: Dial = ({ hostname, port, addresses, tlsName }) => {
  const net = process.getBuiltinModule('node:net');
  const isLiteral = addresses[0]?.address === hostname;
  const options = {
    port,
    host: hostname,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    ...(isLiteral ? {} : { lookup: answering(addresses), autoSelectFamily: true }),
  };
  if (tlsName === undefined) return { socket: net.connect(options), readyEvent: 'connect' };
  const tls = process.getBuiltinModule('node:tls');
  const names = tlsName === '' ? {} : { servername: tlsName };
  return { socket: tls.connect({ ...options, ...names, ALPNProtocols: ['http/1.1'] }), readyEvent: 'secureConnect' };
};

function answering(addresses: readonly LookupAddress[]): import('node:net').LookupFunction {
  return (_hostname, options, callback) => {
    const first = addresses[0] as LookupAddress;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}
