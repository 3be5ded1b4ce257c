import type { ToolFetchPolicy } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

/** Bounds of one request after all policies were put together. */
export interface FetchBounds {
  readonly maxBytes: number;
  readonly maxRedirects: number;
  readonly timeoutMs: number;
}

const DEFAULTS: FetchBounds = { maxBytes: 10 * 1_048_576, maxRedirects: 5, timeoutMs: 30_000 };

/** The smallest of each bound; the default where no policy says anything. */
export function boundsOf(policies: readonly ToolFetchPolicy[]): FetchBounds {
  const smallest = (key: keyof FetchBounds): number => {
    const given = policies.flatMap((policy) => policy[key] ?? []);
    return given.length === 0 ? DEFAULTS[key] : Math.min(...given);
  };
  return { maxBytes: smallest('maxBytes'), maxRedirects: smallest('maxRedirects'), timeoutMs: smallest('timeoutMs') };
}

/** Who says something about hosts. */
export interface HostRules {
  /** Policies of the operator. */ readonly bounds: readonly ToolFetchPolicy[];
  /** Lists of hosts that grants narrow the call to; each must list the host. */ readonly lists: readonly (readonly string[])[];
  /** Policy that the tool gave with the request. */ readonly own: ToolFetchPolicy | undefined;
}

/**
 * Decides about the host and port of a URL.
 *
 * Each policy with a list of hosts must list the host. Ports other than 80 and 443 must be listed (`host:8443`, or
 * `host:*`). A host that is not public must be listed in `allowPrivateHosts`: by every bound that says anything about
 * hosts, and by the request's own policy where no bound does.
 *
 * @returns True where the host may be reached although its address is not public.
 * @throws OrchestratorError SSRF_BLOCKED, saying what to list
 */
export function checkHost(url: URL, { bounds, lists, own }: HostRules): boolean {
  const place = placeOf(url);
  const narrowing = lists.map((allowedHosts): ToolFetchPolicy => ({ allowedHosts }));
  let isPortListed = false;
  for (const { allowedHosts, allowPrivateHosts } of [...bounds, ...narrowing, ...(own === undefined ? [] : [own])]) {
    const match = lookUp(place, allowedHosts) || lookUp(place, allowPrivateHosts);
    if (allowedHosts !== undefined && !match) throw blocked(place, 'is not among the allowed hosts');
    isPortListed ||= match;
  }
  if (!isPortListed && place.port !== 80 && place.port !== 443) {
    throw blocked(place, `uses port ${place.port}, which is not allowed unless it is listed`);
  }
  const sayers = bounds.filter(
    ({ allowedHosts, allowPrivateHosts }) => allowedHosts !== undefined || allowPrivateHosts !== undefined,
  );
  const deciders = sayers.length > 0 ? sayers : own === undefined ? [] : [own];
  return deciders.length > 0 && deciders.every(({ allowPrivateHosts }) => lookUp(place, allowPrivateHosts));
}

/** The host of a URL in the form rules use: lower case, no brackets, no final dot. */
export function hostOf(url: URL): string {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  return host.endsWith('.') ? host.slice(0, -1).toLowerCase() : host.toLowerCase();
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function placeOf(url: URL): Place {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { host: hostOf(url), port };
}

function blocked({ host, port }: Place, why: string): OrchestratorError {
  const shown = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new OrchestratorError(
    'SSRF_BLOCKED',
    `The request to "${shown}" was not sent: it ${why}. List "${shown}" to allow it.`,
    {
      details: { host, port },
    },
  );
}

function lookUp(place: Place, rules: readonly string[] | undefined): boolean {
  return rules !== undefined && rules.some((rule) => matches(place, rule));
}

function matches({ host, port }: Place, rule: string): boolean {
  const { name, wantedPort } = parseRule(rule.trim().toLowerCase());
  if (wantedPort === undefined ? port !== 80 && port !== 443 : wantedPort !== '*' && Number(wantedPort) !== port)
    return false;
  if (name.startsWith('*.')) return host.endsWith(name.slice(1)) && host.length > name.length - 1;
  return host === name;
}

/** `host`, `host:port`, `[::1]:port` and `::1`. */
function parseRule(rule: string): { readonly name: string; readonly wantedPort: string | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d+|\*))?$/.exec(rule);
  if (bracketed !== null) return { name: bracketed[1] as string, wantedPort: bracketed[2] };
  const colon = rule.indexOf(':');
  if (colon < 0 || rule.includes(':', colon + 1)) return { name: rule, wantedPort: undefined }; // a bare IPv6 address has more
  return { name: rule.slice(0, colon), wantedPort: rule.slice(colon + 1) };
}
