import { CancelledError } from './cancelled-error.js';
import { TIME_LIMIT_CODES, type ClassifyContext, type TimeLimit } from './classify-context.js';
import { catalogEntry } from './error-catalog.js';
import { buildError, isReplaySafe, ownText, type Verdict } from './internal/build-error.js';
import { excerpt } from './internal/bound-details.js';
import { isBranded } from './internal/brand.js';
import { failureChain } from './internal/failure-chain.js';
import { httpVerdict, verdictOf } from './internal/http-verdict.js';
import { matchRule } from './internal/match-rule.js';
import { readNumber, readProperty, readString } from './internal/read-property.js';
import { classNameOf, httpSignOf, linkSign, type HttpSign } from './internal/read-sign.js';
import { isSerializedError } from './internal/serialize.js';
import { OrchestratorError } from './orchestrator-error.js';
import type { ErrorRule, FailureSign } from './recovery.js';
import { redact } from './redact.js';
import { MODEL_CONTENT_RULES } from './rules/model-error-rules.js';
import { SYSTEM_ERROR_RULES } from './rules/system-error-rules.js';

/**
 * Names any failure. Total: whatever was thrown, an error of one of the eight categories comes back and nothing is
 * thrown. The first that applies wins: already one of ours, the caller's signal, our own time
 * limit, a Node code, an HTTP status with its body, a wrong answer, UNKNOWN_ERROR.
 *
 * @param value - What was thrown: an error of any library, or anything else.
 */
export function classify(value: unknown, context: ClassifyContext = {}): OrchestratorError {
  try {
    return judge(value, context);
  } catch (cause) {
    return new OrchestratorError('UNKNOWN_ERROR', 'A failure could not be read.', { cause });
  }
}

/**
 * Makes the error of one of our own time limits.
 *
 * @param limit - The limit that ran out.
 */
export function timeLimitError(limit: TimeLimit, context: ClassifyContext = {}, cause?: unknown): OrchestratorError {
  return buildError(
    {
      code: TIME_LIMIT_CODES[limit.kind],
      cause,
      facts: [`${limit.kind} limit of ${limit.ms} ms`],
      details: { limit: limit.kind, limitMs: limit.ms },
    },
    context,
  );
}

function judge(value: unknown, context: ClassifyContext): OrchestratorError {
  const chain = failureChain(value);
  const known = chain.find(isBranded) as OrchestratorError | undefined;
  if (known !== undefined) return inContext(known, context);
  if (isSerializedError(value)) return inContext(OrchestratorError.fromJSON(value), context);
  if (context.signal?.aborted === true) return CancelledError.fromSignal(context.signal, value);
  if (context.timeLimit !== undefined) return timeLimitError(context.timeLimit, context, value);
  const http = firstHttp(chain, context);
  return (
    byOwnRules(value, chain, http, context) ??
    byFlaw(value, context) ??
    bySystem(value, chain, context) ??
    (http === undefined ? undefined : buildError(httpVerdict(http, value, context), context)) ??
    byShape(value, context) ??
    unknownError(value, context)
  );
}

/** What the caller knows about replaying holds for an error of ours, too; everything else stays as it is. */
function inContext(error: OrchestratorError, context: ClassifyContext): OrchestratorError {
  if (context.isReplaySafe === undefined || context.isReplaySafe === error.isReplaySafe) return error;
  const entry = catalogEntry(error.code);
  if (!context.isReplaySafe && (entry?.neverLeft === true || entry?.isReplaySafe !== true)) return error;
  return OrchestratorError.prototype.with.call(error, { isReplaySafe: isReplaySafe(error.code, context) });
}

function firstHttp(chain: readonly unknown[], context: ClassifyContext): HttpSign | undefined {
  for (const link of chain) {
    const http = httpSignOf(link, context);
    if (http !== undefined) return http;
  }
  return undefined;
}

/** Rows of plugins see all that is known, before any row of ours. */
function byOwnRules(
  value: unknown,
  chain: readonly unknown[],
  http: HttpSign | undefined,
  context: ClassifyContext,
): OrchestratorError | undefined {
  if (context.rules === undefined || context.rules.length === 0) return undefined;
  const signs = chain.map((link) => linkSign(link, false, context));
  const withCode = signs.find((sign) => sign.nodeCode !== undefined);
  const sign: FailureSign = {
    ...signs[0],
    ...(withCode?.nodeCode === undefined ? {} : { nodeCode: withCode.nodeCode }),
    ...(withCode?.syscall === undefined ? {} : { syscall: withCode.syscall }),
    ...http?.sign,
    ...(context.flaw === undefined ? {} : { flaw: context.flaw }),
    error: value,
  };
  const rule = matchRule(context.rules, sign);
  if (rule === undefined) return undefined;
  return http === undefined
    ? buildError(linkVerdict(rule, sign, value), context)
    : buildError(verdictOf(rule.code, rule, http, value, context), context);
}

function byFlaw(value: unknown, context: ClassifyContext): OrchestratorError | undefined {
  if (context.flaw === undefined) return undefined;
  const rule = matchRule(MODEL_CONTENT_RULES, { flaw: context.flaw, error: value });
  if (rule === undefined) return undefined;
  const message = readString(value, 'message');
  const details = { flaw: context.flaw, ...(message === undefined ? {} : { excerpt: excerpt(message) }) };
  return buildError({ code: rule.code, rule, cause: value, details }, context);
}

/** Node codes, aborts and what the client of a provider throws, the outermost failure first. */
function bySystem(value: unknown, chain: readonly unknown[], context: ClassifyContext): OrchestratorError | undefined {
  for (const link of chain) {
    const sign = linkSign(link, httpSignOf(link, context) !== undefined, context);
    if (isAbort(sign)) return abortError(value, chain, context);
    const rule = matchRule(MODEL_CONTENT_RULES, sign) ?? matchRule(SYSTEM_ERROR_RULES, sign);
    if (rule !== undefined) return buildError(linkVerdict(rule, sign, value), context);
  }
  return undefined;
}

const ABORT_NAMES = new Set(['AbortError', 'APIUserAbortError', 'RequestAbortedError']);
const ABORT_CODES = new Set(['UND_ERR_ABORTED', 'UND_ERR_ABORT', 'ABORT_ERR']);

function isAbort(sign: FailureSign): boolean {
  return (
    (sign.name !== undefined && ABORT_NAMES.has(sign.name)) ||
    (sign.nodeCode !== undefined && ABORT_CODES.has(sign.nodeCode))
  );
}

/**
 * An abort that neither the caller's signal nor a limit we were told of explains: where the signal is known and silent,
 * some limit of ours fired; where it is not known, the abort is taken at its word.
 */
function abortError(value: unknown, chain: readonly unknown[], context: ClassifyContext): OrchestratorError {
  const isTimeout = chain.some((link) => classNameOf(link) === 'TimeoutError');
  if (!isTimeout && context.signal === undefined) return new CancelledError('cancelled', value);
  const summary = 'the call was aborted before a complete answer came';
  return buildError({ code: 'RESPONSE_TIMEOUT', cause: value, summary }, context);
}

function linkVerdict(rule: ErrorRule, sign: FailureSign, value: unknown): Verdict {
  const link = sign.error;
  const host = readString(link, 'hostname') ?? readString(link, 'address') ?? readString(link, 'host');
  const port = readNumber(link, 'port');
  const where = host === undefined ? undefined : port === undefined ? host : `${host}:${port}`;
  return {
    code: rule.code,
    rule,
    cause: value,
    facts: [[sign.nodeCode, where].filter(Boolean).join(' ')],
    details: {
      nodeCode: sign.nodeCode,
      syscall: sign.syscall,
      host: where,
      path: readString(link, 'path'),
      excerpt: sign.message === undefined ? undefined : excerpt(sign.message),
    },
  };
}

/** How many issues of a schema are told. */
const MAX_ISSUES = 5;

/** A ZodError of any version, known by its shape. */
function byShape(value: unknown, context: ClassifyContext): OrchestratorError | undefined {
  const issues = readProperty(value, 'issues');
  if (!Array.isArray(issues) || !/zoderror/i.test(classNameOf(value) ?? '')) return undefined;
  const told = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = readProperty(issue, 'path');
    const at = Array.isArray(path) && path.length > 0 ? path.map(String).join('.') : '(root)';
    return `${at}: ${readString(issue, 'message') ?? 'invalid'}`;
  });
  const code = context.source === 'model' ? 'OUTPUT_INVALID' : 'REQUEST_INVALID';
  const summary = `${code === 'OUTPUT_INVALID' ? 'the answer' : 'a value'} does not fit its schema`;
  return buildError(
    { code, cause: value, summary, facts: [excerpt(told.join('; '))], details: { issues: told } },
    context,
  );
}

function unknownError(value: unknown, context: ClassifyContext): OrchestratorError {
  const text = ownText(value, classNameOf(value), readString(value, 'message'));
  const isError = value instanceof Error;
  return buildError(
    {
      code: context.source === 'tool' ? 'TOOL_FAILED' : 'UNKNOWN_ERROR',
      cause: value,
      summary: text,
      details: { thrown: isError || value === undefined ? undefined : redact(value) },
    },
    context,
  );
}
