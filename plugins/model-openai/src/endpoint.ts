import { OrchestratorError } from '@master-orchestrator/errors';

/** Who answers: OpenAI itself, Azure, or a server that speaks the same formats. */
export type EndpointKind = 'openai' | 'azure' | 'compatible';

/** Which of OpenAI's two formats is spoken. */
export type OpenAIApi = 'responses' | 'chat';

/** A deployment of Azure OpenAI. */
export interface AzureOptions {
  /** Root of the resource, for example `https://my-resource.openai.azure.com`. */ readonly endpoint: string;
  /** `v1` for the version-less API, else `preview` or a date, for example `2025-04-01-preview`. */
  readonly apiVersion: string;
  /** Name of the deployment, where it is not the name of the model. */ readonly deployment?: string;
  /** The resource's key, or a function that fetches it. */
  readonly apiKey?: string | (() => string | Promise<string>);
  /** Fetches a Microsoft Entra token, instead of a key. */ readonly token?: () => string | Promise<string>;
}

/** Where requests go. */
export interface Endpoint {
  readonly kind: EndpointKind;
  /** Scheme, host and port. */ readonly origin: string;
  /** What people are shown: the address without anything secret. */ readonly shownUrl: string;
  /** Path and query of an answer of this model. */ answerPath(api: OpenAIApi, model: string): string;
  /** Path and query of the list of models. */ readonly modelsPath: string;
  /** The name to send for a model. */ sentModel(model: string): string;
}

const OPENAI_BASE_URL = 'https://api.openai.com/v1';
const OPENAI_HOST = /(^|\.)api\.openai\.com$/;
const AZURE_HOST = /\.(openai\.azure\.(com|us|cn)|cognitiveservices\.azure\.(com|us|cn)|services\.ai\.azure\.com)$/;
const OPERATION: Record<OpenAIApi, string> = { responses: '/responses', chat: '/chat/completions' };

/**
 * The endpoint of a base URL.
 *
 * @throws OrchestratorError CONFIG_INVALID where it is not an http(s) address, or holds a user name or password.
 */
export function plainEndpoint(provider: string, baseUrl: string = OPENAI_BASE_URL): Endpoint {
  const url = parse(provider, 'baseUrl', baseUrl);
  const path = url.pathname.replace(/\/+$/, '');
  return {
    kind: kindOf(url.hostname),
    origin: url.origin,
    shownUrl: url.origin + path,
    answerPath: (api) => path + OPERATION[api] + url.search,
    modelsPath: `${path}/models${url.search}`,
    sentModel: (model) => model,
  };
}

/**
 * The endpoint of an Azure deployment.
 *
 * @throws OrchestratorError CONFIG_INVALID where the address or the version is not usable.
 */
export function azureEndpoint(provider: string, { endpoint, apiVersion, deployment }: AzureOptions): Endpoint {
  const url = parse(provider, 'azure.endpoint', endpoint);
  if (apiVersion.trim() === '') throw invalid(provider, 'azure.apiVersion', 'is empty: give v1, preview or a date');
  const isVersionless = ['v1', 'preview', 'latest'].includes(apiVersion);
  const root = `${url.pathname.replace(/\/+$/, '').replace(/\/openai(\/v1)?$/, '')}/openai${isVersionless ? '/v1' : ''}`;
  const query = apiVersion === 'v1' ? '' : `?api-version=${encodeURIComponent(apiVersion)}`;
  const sentModel = (model: string): string => deployment ?? model;
  return {
    kind: 'azure',
    origin: url.origin,
    shownUrl: url.origin + root,
    answerPath: (api, model) => {
      const ofDeployment =
        isVersionless || api === 'responses' ? '' : `/deployments/${encodeURIComponent(sentModel(model))}`;
      return root + ofDeployment + OPERATION[api] + query;
    },
    modelsPath: `${root}/models${query}`,
    sentModel,
  };
}

function kindOf(host: string): EndpointKind {
  if (OPENAI_HOST.test(host)) return 'openai';
  return AZURE_HOST.test(host) ? 'azure' : 'compatible';
}

function parse(provider: string, option: string, address: string): URL {
  if (!URL.canParse(address)) throw invalid(provider, option, 'is not an address: it looks like https://host/v1');
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid(provider, option, 'must begin with https:// or http://');
  if (url.username !== '' || url.password !== '')
    throw invalid(provider, option, 'holds a user name or password: give the key as apiKey');
  return url;
}

function invalid(provider: string, option: string, what: string): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', `Option ${option} of the model provider "${provider}" ${what}.`, {
    category: 'VALIDATION_ERROR',
    details: { provider, option },
  });
}
