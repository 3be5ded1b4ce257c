import { countShared, stemSet } from '../text/words.js';
import type { Clause } from '../text/clauses.js';
import { intentsOf } from '../brief/intents.js';
import { wordsOf, type Trade } from '../brief/trade.js';

/** Somebody who can take a task, by what is said about them. */
export interface Candidate {
  readonly name: string;
  readonly description: string;
  readonly tools?: readonly string[];
}

/** How well each candidate fits a piece of work, best first; only those of whom something fits. */
export interface Match<C extends Candidate> {
  readonly candidate: C;
  readonly score: number;
}

/** Words of the field that go together: a text with one of them is about the others too. */
const KIN: readonly ReadonlySet<string>[] = [
  'analyse statistics data dataset metrics numbers figures correlation analyst',
  'report write writer summary document summarise compile draft',
  'chart plot graph visualise visualisation diagram draw',
  'clean parse convert csv json prepare engineer transform reshape database pipeline',
  'review reviewer code quality bug refactor style maintainability',
  'security vulnerability vulnerable exploit injection threat audit attack cve secrets authentication',
  'architecture architect design structure system module scalability component layering coupling',
  'test testing tests coverage tester qa unit assertion regression',
  'documentation document readme docs guide manual tutorial changelog',
  'plan project manager milestone schedule estimate timeline roadmap risk deadline tickets',
  'research search investigate find source facts researcher web',
  'translate translation language translator',
  'fetch url http web page download api crawl',
].map((words) => stemSet(words));

/** Below this a shared word is chance: with others to choose from it must tell somebody apart. */
const LEAST_SCORE = { alone: 1, amongOthers: 1.5 };
const NAME_WEIGHT = 3;
const TRADE_WEIGHT = 2;
const TAIL_WEIGHT = 0.5;

/** Ranks candidates for a piece of work by the words they share with it and by the trades of their tools. */
export function rankCandidates<C extends Candidate>(clause: Clause, candidates: readonly C[]): Match<C>[] {
  const rarity = rarityOf(candidates);
  const weights = weightsOf(clause);
  const least = candidates.length > 1 ? LEAST_SCORE.amongOthers : LEAST_SCORE.alone;
  const trades = new Set(intentsOf([clause]).map(({ trade }) => trade));
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate, weights, trades, rarity) }))
    .filter(({ score }) => score >= least)
    .sort((a, b) => b.score - a.score);
}

function scoreOf(
  candidate: Candidate,
  weights: ReadonlyMap<string, number>,
  trades: ReadonlySet<Trade>,
  rarity: (word: string) => number,
): number {
  const name = stemSet(candidate.name);
  const told = stemSet(candidate.description);
  let score = 0;
  for (const [word, weight] of weights) {
    if (name.has(word)) score += NAME_WEIGHT * rarity(word) * weight;
    else if (told.has(word)) score += rarity(word) * weight;
  }
  for (const kin of KIN) {
    const asked = Math.max(0, ...[...kin].map((word) => weights.get(word) ?? 0));
    score += asked * (Math.min(2, countShared(kin, name)) * 1.5 + Math.min(2, countShared(kin, told)) * 0.5);
  }
  for (const trade of trades) if (canDo(trade, candidate.tools ?? [])) score += TRADE_WEIGHT;
  return score;
}

/** Words count by half where they only say in what: `vulnerabilities in the code` is about vulnerabilities. */
function weightsOf(clause: Clause): Map<string, number> {
  const [head = '', ...tail] = clause.words.split(/\b(?:in|from|within|inside|on|of|by|with)\b/i);
  const weights = new Map([...stemSet(tail.join(' '))].map((word) => [word, TAIL_WEIGHT]));
  for (const word of stemSet(head)) weights.set(word, 1);
  return weights;
}

/** Words that everybody's description has tell nobody apart. */
function rarityOf(candidates: readonly Candidate[]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const { name, description } of candidates) {
    for (const word of stemSet(`${name} ${description}`)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return (word) => Math.log2(1 + candidates.length / (counts.get(word) ?? candidates.length));
}

function canDo(trade: Trade, tools: readonly string[]): boolean {
  const { verbs, objects, strong } = wordsOf(trade);
  return tools.some((tool) => {
    const words = stemSet(tool);
    return countShared(words, strong) > 0 || (countShared(words, verbs) > 0 && countShared(words, objects) > 0);
  });
}
