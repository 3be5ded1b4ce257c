import type { FastifyReply, FastifyRequest } from 'fastify';
import type { output, ZodType } from 'zod';
import type { Caller, Scope } from '../auth/caller.js';

/** Methods of the API. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a handler gets: checked input, and who asks. */
export interface RouteInput<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** One answer in the document. A string is the media type of an answer that is not JSON. */
export type AnswerShape = ZodType | 'text/event-stream' | 'text/plain' | 'none';

/** One operation of the API: the route table, the OpenAPI document and the checks all come from it. */
export interface RouteSpec<P extends ZodType = ZodType, Q extends ZodType = ZodType, B extends ZodType = ZodType> {
  readonly method: Method;
  /** With parameters in OpenAPI's form: `/api/v1/tasks/{id}`. */ readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** `public`: no key is asked for. */ readonly scope: Scope | 'public';
  /** False: not counted against the caller's rate. @default true */ readonly isLimited?: boolean;
  /** False: an `Idempotency-Key` is refused, because the answer must not be stored. @default true for POST */
  readonly isIdempotent?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** By status. */ readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Looks whether the thing named in the path exists, before the body is looked at. @throws OrchestratorError 404 */
  readonly find?: (params: Readonly<Record<string, string>>) => Promise<unknown>;
  /** Gives the answer; its status is that of the only 2xx answer unless the handler sets another. */
  readonly handle: (input: RouteInput<output<P>, output<Q>, output<B>>) => Promise<unknown>;
}

/** A route of any input, as tables hold them. */
export type Route = Omit<RouteSpec, 'handle'> & { readonly handle: (input: RouteInput) => Promise<unknown> };

/** Types a route by its schemas. */
export function route<P extends ZodType, Q extends ZodType, B extends ZodType>(spec: RouteSpec<P, Q, B>): Route {
  return spec as unknown as Route;
}
