import type { ModelCallLimits, ModelDescription } from '@master-orchestrator/contracts';
import type { Clock, Random } from '@master-orchestrator/errors';
import type { Dispatcher } from 'undici';
import type { EndpointCapabilities } from './capabilities.js';
import type { AzureOptions, OpenAIApi } from './endpoint.js';

/** A request that was refused for a parameter, and what was changed before it was sent once more. */
export interface RequestCorrection {
  readonly provider: string;
  readonly model: string;
  /** What the server does not accept, with the value used from now on. */
  readonly changes: Partial<EndpointCapabilities>;
  /** What the server said. */ readonly reason: string;
}

/** Settings of a provider. Nothing is ever read from the environment. */
export interface OpenAIProviderOptions {
  /** Prefix of its models: `<name>:<model>`. @default 'openai' */ readonly name?: string;
  /**
   * The key, or a function that fetches it for each call. Needed at OpenAI and Azure; a compatible server without one
   * gets no `authorization` header.
   */
  readonly apiKey?: string | (() => string | Promise<string>);
  /** Root of the API, usually ending in `/v1`. @default 'https://api.openai.com/v1' */ readonly baseUrl?: string;
  /** Format to speak. @default 'responses' at OpenAI and Azure, else 'chat' */ readonly api?: OpenAIApi;
  /** Sent as `openai-organization`. */ readonly organization?: string;
  /** Sent as `openai-project`. */ readonly project?: string;
  /** A deployment of Azure OpenAI, instead of `baseUrl` and `apiKey`. */ readonly azure?: AzureOptions;
  /** Models it is known to have. @default the default model alone */ readonly models?: readonly string[];
  /** @default the first of `models`, else 'gpt-4o' */ readonly defaultModel?: string;
  /** What is known of models that the built-in table does not know, by name. */
  readonly modelDescriptions?: Readonly<Record<string, ModelDescription>>;
  /** Sent with each request; a name given here replaces the provider's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Time limits of one attempt, in milliseconds; a request's own limits go before. */ readonly limits?: ModelCallLimits;
  /** Sockets open at the same time. @default 128 */ readonly connections?: number;
  /** Bytes of one answer that are read at most. @default 67_108_864 */ readonly maxResponseBytes?: number;
  /** What the server accepts, where it is known to differ; goes before what is learned. */
  readonly capabilities?: Partial<EndpointCapabilities>;
  /**
   * Whether the provider may store answers. With `false` reasoning is carried in encrypted form.
   * @default the server's own choice
   */
  readonly store?: boolean;
  /** Sends the requests in place of the built-in pool: a proxy agent, for example. The caller closes it. */
  readonly dispatcher?: Dispatcher;
  /** Told of each request that was corrected and sent once more. */
  readonly onCorrection?: (correction: RequestCorrection) => void;
  /** Told once of what works less well than it could, such as a tokenizer that is not installed. */
  readonly onNote?: (message: string) => void;
  /** @default the system clock */ readonly clock?: Clock;
  /** Makes ids for tool calls that come without a usable one. @default Math.random */ readonly random?: Random;
}
