import { Credential, missingKey } from './credential.js';
import type { Endpoint } from './endpoint.js';
import type { OpenAIProviderOptions } from './openai-options.js';
import { version } from './version.js';

/** The headers of one request, and the secret in them. */
export interface MadeHeaders {
  readonly headers: Record<string, string>;
  readonly secret: string | undefined;
}

/** Makes the headers of requests; with a fixed key they are made once. */
export class RequestHeaders {
  readonly #fixed: Readonly<Record<string, string>>;
  readonly #own: Readonly<Record<string, string>>;
  readonly #credential: Credential | undefined;
  readonly #authorize: (secret: string) => Record<string, string>;
  readonly #made = new Map<boolean, MadeHeaders>();
  #madeFor: string | undefined;

  /** @throws OrchestratorError CREDENTIAL_MISSING where the endpoint needs a key and there is none. */
  constructor(provider: string, endpoint: Endpoint, options: OpenAIProviderOptions) {
    this.#own = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    this.#fixed = {
      'content-type': 'application/json',
      'user-agent': `master-orchestrator-model-openai/${version}`,
      ...(options.organization === undefined ? {} : { 'openai-organization': options.organization }),
      ...(options.project === undefined ? {} : { 'openai-project': options.project }),
    };
    this.#credential = credentialOf(provider, endpoint, options, this.#own);
    const isAzureKey = options.azure !== undefined && options.azure.token === undefined;
    this.#authorize = (secret) => (isAzureKey ? { 'api-key': secret } : { authorization: `Bearer ${secret}` });
  }

  /** Id of the credential; absent without one, and until a function has given it. */
  get credentialId(): string | undefined {
    return this.#credential?.id;
  }

  /** The headers of a request. */
  make(isStream: boolean): MadeHeaders | Promise<MadeHeaders> {
    const secret = this.#credential?.read();
    return secret instanceof Promise ? secret.then((one) => this.#with(one, isStream)) : this.#with(secret, isStream);
  }

  #with(secret: string | undefined, isStream: boolean): MadeHeaders {
    if (secret !== this.#madeFor) this.#made.clear();
    this.#madeFor = secret;
    const known = this.#made.get(isStream);
    if (known) return known;
    const headers = {
      ...this.#fixed,
      accept: isStream ? 'text/event-stream' : 'application/json',
      ...(secret === undefined ? {} : this.#authorize(secret)),
      ...this.#own,
    };
    const made = { headers, secret };
    this.#made.set(isStream, made);
    return made;
  }
}

function credentialOf(
  provider: string,
  endpoint: Endpoint,
  { apiKey, azure }: OpenAIProviderOptions,
  own: Readonly<Record<string, string>>,
): Credential | undefined {
  const [option, source] = azure
    ? azure.token === undefined
      ? ['azure.apiKey', azure.apiKey]
      : ['azure.token', azure.token]
    : ['apiKey', apiKey];
  if (source !== undefined) return new Credential(provider, option, source);
  const hasOwn = own['authorization'] !== undefined || own['api-key'] !== undefined;
  if (endpoint.kind === 'compatible' || hasOwn) return undefined;
  throw missingKey(provider, option, endpoint.shownUrl);
}
