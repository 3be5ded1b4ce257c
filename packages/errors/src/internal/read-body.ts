import { isRecord, readProperty, readString } from './read-property.js';

/** What an error body says, whatever its shape. */
export interface BodySign {
  /** In lower case; numbers are left out. */ readonly code?: string;
  /** In lower case. */ readonly type?: string;
  readonly message?: string;
  readonly param?: string;
  readonly shape: 'error' | 'json' | 'html' | 'text' | 'empty';
  /** True where a `response.failed` object told the failure. */ readonly isResponseFailed?: boolean;
  /** The body where it is or parses as JSON. */ readonly parsed?: unknown;
}

/** Longest text that is parsed. */
const MAX_PARSED_LENGTH = 1_048_576;

/**
 * Reads an error body. Shapes: `{error:{message,type,param,code}}`, `{error:"text"}`,
 * `{object:"error",message,type,code}`, `{statusCode,message}`, `{code,message}`, HTML, empty, an SSE `error` event.
 */
export function readBody(body: unknown): BodySign {
  if (body === undefined || body === null) return { shape: 'empty' };
  if (typeof body === 'string') return readText(body);
  if (typeof body !== 'object') return { shape: 'text' };
  return readObject(body);
}

function readText(body: string): BodySign {
  const text = body.slice(0, MAX_PARSED_LENGTH).trim();
  if (text === '') return { shape: 'empty' };
  if (text.startsWith('<')) return { shape: 'html' };
  const parsed = parseJson(text) ?? parseEventStream(text);
  return parsed === undefined ? { shape: 'text', message: text.slice(0, 2_000) } : readBody(parsed);
}

function parseJson(text: string): object | undefined {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The first `data:` line that holds an error. */
function parseEventStream(text: string): object | undefined {
  if (!/^(?:event|data):/m.test(text)) return undefined;
  for (const line of text.slice(0, 65_536).split('\n')) {
    if (!line.startsWith('data:')) continue;
    const parsed = parseJson(line.slice(5).trim());
    if (parsed !== undefined && readObject(parsed).shape === 'error') return parsed;
  }
  return undefined;
}

function readObject(body: object): BodySign {
  const value: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(value)) return { shape: 'json', parsed: body };
  const response = readProperty(value, 'response');
  if (value['type'] === 'response.failed' && isRecord(response)) {
    return { ...readObject(response), isResponseFailed: true };
  }
  const error = readProperty(value, 'error');
  if (typeof error === 'string' && error !== '') return { shape: 'error', message: error, parsed: body };
  if (isRecord(error)) {
    const isResponseFailed = value['object'] === 'response' && value['status'] === 'failed';
    return { ...readError(error), parsed: body, ...(isResponseFailed ? { isResponseFailed } : {}) };
  }
  return isFlatError(value) ? { ...readError(value), parsed: body } : { shape: 'json', parsed: body };
}

/** `{object:"error",…}`, `{type:"error",…}`, `{statusCode,message}`, `{code,message}`, `{detail}`, `{message}`. */
function isFlatError(value: Record<string, unknown>): boolean {
  if (value['object'] === 'error' || value['type'] === 'error') return true;
  const isAnswer = 'choices' in value || 'output' in value;
  return !isAnswer && (typeof value['message'] === 'string' || typeof value['detail'] === 'string');
}

function readError(error: Record<string, unknown>): BodySign {
  const code = wordOf(readProperty(error, 'code')) ?? wordOf(readProperty(readProperty(error, 'innererror'), 'code'));
  const given = wordOf(readProperty(error, 'type'));
  const type = given === 'error' ? undefined : given;
  const message = readString(error, 'message') ?? readString(error, 'detail');
  const param = readString(error, 'param');
  return {
    shape: 'error',
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message: message.slice(0, 8_000) }),
    ...(param === undefined ? {} : { param }),
  };
}

/** A word in lower case; a number, also one written as text, says nothing beyond the status. */
export function wordOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase().slice(0, 100);
  return word === '' || /^[\d.]+$/.test(word) ? undefined : word;
}
