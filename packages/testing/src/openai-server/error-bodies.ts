import type { ErrorShape, WireError } from './fault.js';

/** What a service writes into an answer that is an error. */
export interface ErrorAnswer {
  readonly contentType: string;
  readonly body: string;
}

interface Wording {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}

/** What OpenAI says with each status, where nothing else is scripted. */
const WORDINGS: Readonly<Record<number, Wording>> = {
  400: { message: 'Invalid value for the request.', type: 'invalid_request_error', code: 'invalid_value' },
  401: { message: 'Incorrect API key provided: sk-****test.', type: 'invalid_request_error', code: 'invalid_api_key' },
  402: { message: 'Payment required.', type: 'invalid_request_error', code: 'billing_not_active' },
  403: {
    message: 'Country, region, or territory not supported',
    type: 'request_forbidden',
    code: 'unsupported_country_region_territory',
  },
  404: {
    message: 'The model does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    code: 'model_not_found',
  },
  408: { message: 'The request timed out.', type: 'timeout', code: null },
  409: { message: 'The resource was changed by another request.', type: 'conflict', code: null },
  413: { message: 'The request body is too large.', type: 'invalid_request_error', code: null },
  422: { message: 'The request could not be processed.', type: 'invalid_request_error', code: null },
  429: { message: 'Rate limit reached for requests.', type: 'requests', code: 'rate_limit_exceeded' },
  500: { message: 'The server had an error while processing your request.', type: 'server_error', code: null },
  503: { message: 'The engine is currently overloaded.', type: 'server_error', code: 'server_is_overloaded' },
  529: { message: 'Overloaded', type: 'overloaded_error', code: null },
};

const VLLM_TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  404: 'NotFoundError',
  429: 'RateLimitError',
  500: 'InternalServerError',
};

/**
 * Words an error as a service does.
 *
 * Shapes: `openai` `{error:{message,type,param,code}}`; `azure` the same with the status as text in `code`;
 * `azure-gateway` `{statusCode,message}`; `vllm` `{object:"error",message,type,param,code}`; `ollama`
 * `{error:"text"}`; `plain-message` `{code,message}`; `html` a page; `empty` nothing.
 */
export function wordError(status: number, shape: ErrorShape = 'openai', error: WireError = {}): ErrorAnswer {
  const usual = WORDINGS[status] ?? { message: `Status ${status}.`, type: usualType(status), code: null };
  const message = error.message ?? usual.message;
  const type = error.type === undefined ? usual.type : error.type;
  const code = error.code === undefined ? usual.code : error.code;
  const param = error.param ?? null;
  const vllmType = error.type ?? VLLM_TYPES[status] ?? 'InternalServerError';
  const words: Readonly<Record<ErrorShape, () => ErrorAnswer>> = {
    openai: () => json({ error: { message, type, param, code } }),
    azure: () => json({ error: { code: error.code ?? String(status), message } }),
    'azure-gateway': () => json({ statusCode: status, message }),
    vllm: () => json({ object: 'error', message, type: vllmType, param, code: error.code ?? status }),
    ollama: () => json({ error: message }),
    'plain-message': () => json({ code: error.code ?? status, message }),
    html: () => htmlPage(`${status} ${message}`),
    empty: () => ({ contentType: 'text/plain', body: '' }),
  };
  return words[shape]();
}

/** The page a proxy or a captive portal gives instead of an answer. */
export function htmlPage(title: string): ErrorAnswer {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center><hr><center>nginx</center></body></html>\n`;
  return { contentType: 'text/html; charset=utf-8', body };
}

function usualType(status: number): string {
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function json(body: object): ErrorAnswer {
  return { contentType: 'application/json', body: JSON.stringify(body) };
}
