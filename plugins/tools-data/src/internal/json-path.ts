import { JSONPathEnvironment, jsonpath, type JSONPathQuery, type JSONValue } from 'json-p3';
import { invalid } from './faults.js';
import type { PathStep } from './normal-path.js';

/** A value that a query found, and where. */
export interface Match {
  readonly location: readonly PathStep[];
  readonly value: unknown;
}

/** What a query found. */
export interface Matches {
  /** At most as many as allowed. */ readonly matches: readonly Match[];
  readonly isCut: boolean;
}

/**
 * Reads a JSONPath query (RFC 9535).
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID, naming the column.
 */
export function compileQuery(query: string, maxDepth: number): JSONPathQuery {
  try {
    return new JSONPathEnvironment({ maxRecursionDepth: maxDepth + 2 }).compile(query);
  } catch (error) {
    const { token, message } = error as { readonly token?: { readonly index: number }; readonly message: string };
    const column = (token?.index ?? 0) + 1;
    const reason = error instanceof RangeError ? 'nested too deep' : message.slice(0, 200);
    throw invalid(
      `The query is not JSONPath (RFC 9535): line 1, column ${column}: ${reason}. An example: $.items[?@.price > 10].name`,
      {
        line: 1,
        column,
      },
    );
  }
}

/**
 * True where the work of a query is bounded by the size of the data: no filter (a filter may hold further queries and
 * regular expressions), at most one search of all descendants, few selectors side by side.
 */
export function isBounded({ segments }: JSONPathQuery): boolean {
  const searches = segments.filter((segment) => segment.toString().startsWith('..')).length;
  const width = segments.reduce((product, { selectors }) => product * selectors.length, 1);
  const hasFilter = segments.some(({ selectors }) =>
    selectors.some((selector) => selector instanceof jsonpath.selectors.FilterSelector),
  );
  return !hasFilter && searches <= 1 && width <= 16;
}

/** Runs a bounded query in this thread. */
export function runQuery(query: JSONPathQuery, data: unknown, maxResults: number): Matches {
  const matches: Match[] = [];
  for (const node of query.lazyQuery(data as JSONValue)) {
    if (matches.length === maxResults) return { matches, isCut: true };
    matches.push({ location: node.location, value: node.value });
  }
  return { matches, isCut: false };
}
