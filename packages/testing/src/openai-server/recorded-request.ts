import type { IncomingMessage } from 'node:http';
import type { Writable } from '@master-orchestrator/contracts';
import { plainHeaders } from '../loopback-http.js';
import type { RecordedRequest, WireApi } from './scripted-answer.js';

/** A recorded request while it is being answered. */
export type OpenRequest = Writable<RecordedRequest>;

/** What the server keeps of a request. */
export function recordOf(index: number, incoming: IncomingMessage, rawBody: string): OpenRequest {
  const method = incoming.method ?? 'GET';
  const path = incoming.url ?? '/';
  const body = parse(rawBody);
  const isStream = typeof body === 'object' && body !== null && (body as { stream?: unknown }).stream === true;
  const headers = plainHeaders(incoming);
  const api = apiOf(method, path);
  return { index, api, method, path, headers, body, rawBody, isStream, outcome: 'open', wasAborted: false };
}

/** OpenAI's paths, and Azure's. */
function apiOf(method: string, path: string): WireApi {
  const [place = ''] = path.split('?');
  const match = /^(?:\/openai)?\/(?:v1|deployments\/[^/]+)\/(responses|chat\/completions|models)(\/[^/]+)?$/.exec(
    place,
  );
  if (match === null) return 'other';
  const [, endpoint, rest] = match;
  if (endpoint === 'models') return method === 'GET' ? 'models' : 'other';
  if (method !== 'POST' || rest !== undefined) return 'other';
  return endpoint === 'responses' ? 'responses' : 'chat';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The key a request carries: as bearer, or as Azure sends it. */
export function keyOf(request: RecordedRequest): string | undefined {
  return /^Bearer (.*)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? request.headers['api-key'];
}

/** The model a request asks for. */
export function modelOf(request: RecordedRequest): string {
  const model = (request.body as { model?: unknown } | undefined)?.model;
  return typeof model === 'string' ? model : 'gpt-loopback';
}
