import type { WebHost } from '../web-tools-plugin.js';

/** Settings of a host as the parser of the options leaves them. */
export type CheckedHost = { readonly [Key in keyof WebHost]: WebHost[Key] | undefined };

/** Finds the settings of the host that a URL names. */
export class HostSettings {
  readonly #rules: readonly { readonly rule: HostRule; readonly settings: CheckedHost }[];

  constructor(hosts: Readonly<Record<string, CheckedHost>>) {
    this.#rules = Object.entries(hosts).map(([text, settings]) => ({ rule: parseRule(text), settings }));
  }

  /** The first settings whose host fits. */
  of(url: URL): CheckedHost | undefined {
    return this.#rules.find(({ rule }) => fits(rule, url))?.settings;
  }

  /** Name of the header that carries the key, where the host honours one. */
  keyHeaderOf(url: URL): string | undefined {
    const keys = this.of(url)?.idempotencyKeys;
    return keys === true ? 'Idempotency-Key' : keys === false ? undefined : keys;
  }
}

interface HostRule {
  readonly name: string;
  /** `undefined`: the standard ports. */ readonly port: string | undefined;
}

/** `example.com`, `*.example.com`, `example.com:8443`, `example.com:*`, `[::1]:8080`. */
function parseRule(text: string): HostRule {
  const [, name = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+|\*))?$/.exec(text.toLowerCase()) ?? [undefined, text];
  return { name, port };
}

function fits({ name, port }: HostRule, url: URL): boolean {
  const host = url.hostname.replace(/\.$/, '').toLowerCase();
  const isHost = name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length >= name.length : host === name;
  const standard = url.protocol === 'https:' ? '443' : '80';
  return isHost && (port === '*' || (url.port || standard) === (port ?? standard));
}
