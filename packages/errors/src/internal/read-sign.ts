import type { ClassifyContext } from '../classify-context.js';
import type { FailureSign } from '../recovery.js';
import { readBody, wordOf, type BodySign } from './read-body.js';
import { lowerHeaders } from './read-headers.js';
import { isRecord, readNumber, readProperty, readString } from './read-property.js';

/** An HTTP answer found on a thrown value or handed in. */
export interface HttpSign {
  readonly sign: FailureSign;
  readonly body: BodySign;
  readonly param?: string;
  /** The status as it came, where `sign.status` stands for a missing or good one. */ readonly status?: number;
}

/** What is read of an answer. */
export interface AnswerParts {
  readonly status: number | undefined;
  readonly headers: unknown;
  readonly body: BodySign;
}

/** An error object in mid-stream, or after a good status, has no status of its own: it is read as this one. */
const STATUS_OF_NONE = 500;

/** Puts the parts of an answer into a sign. */
export function httpSign(parts: AnswerParts, error: unknown, context: ClassifyContext): HttpSign {
  const { status, body } = parts;
  const isGood = status !== undefined && status >= 200 && status <= 299;
  const effective = status === undefined || (isGood && body.shape === 'error') ? STATUS_OF_NONE : status;
  const sign: FailureSign = {
    error,
    status: effective,
    headers: lowerHeaders(parts.headers),
    ...(body.code === undefined ? {} : { code: body.code }),
    ...(body.type === undefined ? {} : { type: body.type }),
    ...(body.message === undefined ? {} : { message: body.message }),
    ...(body.isResponseFailed === true ? { isResponseFailed: true } : {}),
    ...common(context),
  };
  return {
    sign,
    body,
    ...(body.param === undefined ? {} : { param: body.param }),
    ...(status === undefined ? {} : { status }),
  };
}

/** The answer that one failure of a chain carries, as the openai client, undici, axios and others attach it. */
export function httpSignOf(link: unknown, context: ClassifyContext): HttpSign | undefined {
  const response = readProperty(link, 'response');
  const status = statusOf(link) ?? statusOf(response);
  const error = readProperty(link, 'error');
  const hasErrorBody = typeof error === 'string' || (isRecord(error) && !(error instanceof Error));
  if (status === undefined && !(hasErrorBody && isErrorBody(error))) return undefined;
  const given = hasErrorBody
    ? readBody({ error })
    : readBody(readProperty(link, 'body') ?? readProperty(link, 'data') ?? readProperty(response, 'data'));
  const body = given.shape === 'error' ? given : { ...given, ...ownWords(link) };
  const headers = readProperty(link, 'headers') ?? readProperty(response, 'headers');
  return httpSign({ status, headers, body }, link, context);
}

/** What one failure of a chain says by itself. */
export function linkSign(link: unknown, hasStatus: boolean, context: ClassifyContext): FailureSign {
  const nodeCode = nodeCodeOf(link);
  const syscall = readString(link, 'syscall');
  const name = classNameOf(link);
  // The text of an answer is the other side's: it must not be taken for a failure of this process.
  const message = hasStatus ? undefined : readString(link, 'message');
  return {
    error: link,
    ...(nodeCode === undefined ? {} : { nodeCode }),
    ...(syscall === undefined ? {} : { syscall }),
    ...(name === undefined || hasStatus ? {} : { name }),
    ...(message === undefined ? {} : { message }),
    ...common(context),
  };
}

/** The class of a failure: its `name`, or its constructor's where the name says nothing. */
export function classNameOf(link: unknown): string | undefined {
  const name = readString(link, 'name');
  if (name !== undefined && name !== 'Error') return name;
  return readString(readProperty(link, 'constructor'), 'name') ?? name;
}

function common(context: ClassifyContext): Pick<FailureSign, 'source' | 'isInBody'> {
  return {
    ...(context.source === undefined ? {} : { source: context.source }),
    ...(context.isInBody === undefined ? {} : { isInBody: context.isInBody }),
  };
}

function nodeCodeOf(link: unknown): string | undefined {
  const code = readString(link, 'code');
  return code !== undefined && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}

function statusOf(value: unknown): number | undefined {
  const status = readNumber(value, 'status') ?? readNumber(value, 'statusCode');
  return status !== undefined && Number.isInteger(status) && status >= 100 && status <= 999 ? status : undefined;
}

function isErrorBody(error: unknown): boolean {
  if (typeof error === 'string') return false; // too little to tell it from an ordinary field
  return readString(error, 'message') !== undefined || readString(error, 'code') !== undefined;
}

/** The client of OpenAI copies code and type of the body to the error itself. */
function ownWords(link: unknown): Pick<BodySign, 'code' | 'type' | 'message'> {
  const code = wordOf(readProperty(link, 'code'));
  const type = wordOf(readProperty(link, 'type'));
  const message = readString(link, 'message')?.slice(0, 8_000);
  return {
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
  };
}
