import { KNOWN_FIGURES, type Figures, type Metrics, type Relation } from './read-metrics.js';

const FIGURE = /^(?:a |the )?([a-z][a-z ()]*?)(?: of|:| =| is)? ([+\-−]?\d[\d.]*(?:e[+-]?\d+)?)$/i;
const RELATION = /^correlation of (.+?) and (.+?)(?::| is| =) ([+\-−]?\d[\d.]*(?:e[+-]?\d+)?)/i;

/** Reads figures back from lines such as `- sales: count 3, mean 2, median 2`; `undefined` where there are none. */
export function readFigureLines(text: string): Metrics | undefined {
  const columns: Figures[] = [];
  const relations: Relation[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/^[\s\-*•]+/, '').trim();
    const relation = RELATION.exec(line);
    if (relation !== null) relations.push({ a: relation[1] ?? '', b: relation[2] ?? '', r: toNumber(relation[3]) });
    else {
      const figures = figuresOfLine(line);
      if (figures !== undefined) columns.push(figures);
    }
  }
  return columns.length === 0 && relations.length === 0 ? undefined : { columns, relations };
}

function figuresOfLine(line: string): Figures | undefined {
  const named = /^([^:,]{1,60}):\s+(.+)$/.exec(line);
  const isName = named !== null && !/\d/.test(named[2]?.split(' ')[0] ?? '');
  const body = isName ? (named[2] ?? '') : line;
  const figures = body.split(/,\s+/).flatMap((part): [string, number][] => {
    const match = FIGURE.exec(part.replace(/\.$/, ''));
    return match === null ? [] : [[(match[1] ?? '').toLowerCase(), toNumber(match[2])]];
  });
  const known = figures.filter(([label]) => KNOWN_FIGURES.includes(label));
  if (known.length < 2) return undefined;
  return isName ? { name: named[1] ?? '', figures } : { figures };
}

function toNumber(text: string | undefined): number {
  return Number((text ?? '').replace('−', '-'));
}
