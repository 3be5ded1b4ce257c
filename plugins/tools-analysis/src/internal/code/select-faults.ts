import type { CodeFault } from './code-report.js';

/** A fault as it was found, before the telling ones are chosen. */
export interface FoundFault extends CodeFault {
  /**
   * `string`: never closed. `missing`: the grammar knows what is missing. `rule`: a rule beyond the grammar. `bracket`:
   * without partner. `owner`: what lacks its end. `unexpected`: text that the grammar could not place.
   */
  readonly kind: 'string' | 'missing' | 'rule' | 'bracket' | 'owner' | 'unexpected';
  readonly endLine: number;
  /** Kind of quote of a string. */ readonly quote?: string;
}

const TELLING: readonly FoundFault['kind'][] = ['string', 'missing', 'rule', 'bracket', 'owner', 'unexpected'];
const MOST_FAULTS = 20;

/**
 * One fault a line, the most telling kind first. Text over several lines that could not be placed says little: it is
 * left out where a more exact fault lies within it.
 */
export function selectFaults(found: readonly FoundFault[]): readonly CodeFault[] {
  const exact = found.filter((fault) => !isVague(fault));
  const chosen = found.filter((fault) => !isVague(fault) || !exact.some((other) => isWithin(other, fault)));
  const byLine = new Map<number, FoundFault>();
  for (const fault of chosen) {
    const known = byLine.get(fault.line);
    if (known === undefined || rank(fault) < rank(known)) byLine.set(fault.line, fault);
  }
  return [...byLine.values()]
    .sort((a, b) => a.line - b.line)
    .slice(0, MOST_FAULTS)
    .map(({ line, column, message }) => ({ line, column, message }));
}

function isVague({ kind, line, endLine }: FoundFault): boolean {
  return kind === 'unexpected' && endLine > line;
}

function isWithin(inner: FoundFault, outer: FoundFault): boolean {
  return inner.line >= outer.line && inner.line <= outer.endLine;
}

function rank({ kind }: FoundFault): number {
  return TELLING.indexOf(kind);
}
