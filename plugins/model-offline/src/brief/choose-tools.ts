import type { Json } from '@master-orchestrator/errors';
import type { Conversation } from '../conversation.js';
import { columnsOf } from '../data/dataset.js';
import { canonicalJson } from '../data/json-values.js';
import { isAction } from '../text/actions.js';
import type { Clause } from '../text/clauses.js';
import { splitWords, stem } from '../text/words.js';
import type { KnownTool } from './classify-tool.js';
import { correctedArguments } from './correct-arguments.js';
import { fillArguments } from './fill-arguments.js';
import { intentsOf, type Intent } from './intents.js';
import type { Material } from './material.js';
import type { Occasion } from './occasion.js';
import { isTakenUp, type Seed } from './seed.js';
import { seedsFor, seedsForOther } from './seeds.js';
import { wordsOf, type Trade } from './trade.js';

/** A tool call to make. */
export interface Call {
  readonly name: string;
  readonly arguments: { readonly [key: string]: Json };
}

/** Something asked for that no call can be made for. */
export type Lack =
  | { readonly kind: 'no-tool'; readonly intent: Intent }
  | { readonly kind: 'no-value'; readonly tool: string; readonly missing: readonly string[] };

/** The work of the agent's own tools, whatever of it is done already. */
export interface WorkPlan {
  /** What the text asks for and tells, sentence by sentence. */ readonly clauses: readonly Clause[];
  readonly intents: readonly Intent[];
  readonly wants: readonly Want[];
  readonly lacks: readonly Lack[];
  /** True for a sentence that one of the agent's own tools takes care of. */
  readonly takes: (clause: Clause) => boolean;
}

/** What to do in this turn. */
export interface OwnCalls {
  /** Independent of each other; empty where there is nothing left to do. */ readonly calls: readonly Call[];
  readonly lacks: readonly Lack[];
  /** True where the calls only fetch or parse what later work needs. */ readonly isReading: boolean;
}

/** A tool that is to be called, with what for. */
export interface Want {
  readonly tool: KnownTool;
  readonly clause: Clause;
  readonly seeds: readonly Seed[];
}

/** The phase in which results begin; what is before it is reading and parsing. */
const FIRST_WORK_PHASE = wordsOf('analyse').phase;
/** Words in tool names that say how, not what. */
const SOFT = new Set(
  'get fetch find show look check tell give compute calculate do make run my the current data info value tool api by for with from to of'
    .split(' ')
    .map(stem),
);
const CHARTS = ['chart', 'plot', 'graph', 'visualis'].map(stem);
/** Failed calls of one tool after which it is left alone. */
const MOST_FAILURES = 2;

/** Finds out what is to be done with which of the agent's own tools. */
export function planWork(clauses: readonly Clause[], tools: readonly KnownTool[], material: Material): WorkPlan {
  const own = tools.filter(({ reach }) => reach === undefined);
  const intents = drawnByReports(intentsOf(clauses), own);
  const wants = wantsOf(intents, clauses, own, material);
  const lacks = intents.flatMap((intent): Lack[] =>
    hasToolFor(intent, own) || intent.isImplied === true ? [] : [{ kind: 'no-tool', intent }],
  );
  const takes = (clause: Clause): boolean =>
    intents.some((intent) => intent.clause === clause && intent.isImplied !== true && hasToolFor(intent, own)) ||
    wants.some((want) => want.clause === clause && want.tool.trade === undefined);
  return { clauses, intents, wants, lacks, takes };
}

/**
 * The calls of this turn: the earliest open work, all of one phase at once.
 *
 * @param held - Sentences that wait for the answer of another agent.
 */
export function chooseCalls(
  { wants }: WorkPlan,
  conversation: Conversation,
  material: Material,
  held: ReadonlySet<Clause>,
): OwnCalls {
  const free = wants.filter(({ clause }) => !held.has(clause));
  const phases = [...new Set(free.map(({ tool }) => tool.phase))].sort((a, b) => a - b);
  const lacks: Lack[] = [];
  for (const phase of phases) {
    const calls: Call[] = [];
    for (const want of free.filter(({ tool }) => tool.phase === phase)) {
      const { open, lack } = openCalls(want, conversation, material);
      calls.push(...open);
      if (lack !== undefined) lacks.push(lack);
    }
    if (calls.length > 0) return { calls: withoutDoubles(calls), lacks, isReading: phase < FIRST_WORK_PHASE };
  }
  return { calls: [], lacks, isReading: false };
}

/** The tool whose words fit a text best, for a turn in which some tool must be called. */
export function bestToolFor(clause: Clause, tools: readonly KnownTool[]): KnownTool | undefined {
  const scored = tools.map((tool) => ({ tool, score: overlap(tool, clause) }));
  return scored.sort((a, b) => b.score - a.score)[0]?.tool;
}

/** The call of one tool for the whole text, whatever the text asks for; `undefined` where values are missing. */
export function callFor(
  tool: KnownTool,
  clause: Clause,
  conversation: Conversation,
  material: Material,
): { call?: Call; lack?: Lack } {
  const intent: Intent = { trade: tool.trade ?? 'search', clause, isImplied: true };
  const seeds =
    tool.trade === undefined ? seedsForOther(tool, intent) : seedsFor(intent, new Set([intent.trade]), material);
  const tried = openCalls(
    { tool, clause, seeds: seeds.length > 0 ? seeds : [{ kind: 'nothing' }] },
    conversation,
    material,
  );
  return {
    ...(tried.open[0] === undefined ? {} : { call: tried.open[0] }),
    ...(tried.lack === undefined ? {} : { lack: tried.lack }),
  };
}

function hasToolFor({ trade }: Intent, tools: readonly KnownTool[]): boolean {
  return tools.some((tool) => tool.trade === trade);
}

function wantsOf(
  intents: readonly Intent[],
  clauses: readonly Clause[],
  tools: readonly KnownTool[],
  material: Material,
): Want[] {
  const wanted = new Set<Trade>(intents.filter((intent) => hasToolFor(intent, tools)).map(({ trade }) => trade));
  const meant = intents.filter((intent) => intent.isImplied !== true || !isSaidByName(intent.clause, intents, tools));
  const wants = meant.flatMap((intent) =>
    toolsFor(intent, tools).map((tool) => ({
      tool,
      clause: intent.clause,
      seeds: seedsFor(intent, wanted, material),
    })),
  );
  const parsing = parsingWants(wanted, tools, material, clauses[0]);
  const taken = wants.map(({ tool }) => tool);
  const others = clauses.flatMap((clause) =>
    othersFor(clause, tools, taken).map((tool) => ({ tool, clause, seeds: seedsForOther(tool, { clause }) })),
  );
  return [...wants, ...parsing, ...others];
}

/** Where no tool draws but a report tool puts charts into its reports, a chart is asked of that one. */
function drawnByReports(intents: readonly Intent[], tools: readonly KnownTool[]): Intent[] {
  const draws = tools.some(({ trade }) => trade === 'visualise');
  const reports = tools.some(({ trade, stems }) => trade === 'report' && CHARTS.some((word) => stems.has(word)));
  if (draws || !reports) return [...intents];
  const isReportAsked = intents.some(({ trade }) => trade === 'report');
  return intents.flatMap((intent) => {
    if (intent.trade !== 'visualise') return [intent];
    return isReportAsked ? [] : [{ ...intent, trade: 'report' }];
  });
}

/** True for a sentence of no known trade that names a tool: `delete the file` needs no reading. */
function isSaidByName(clause: Clause, intents: readonly Intent[], tools: readonly KnownTool[]): boolean {
  const isOfTrade = intents.some((intent) => intent.clause === clause && intent.isImplied !== true);
  return !isOfTrade && othersFor(clause, tools, []).length > 0;
}

/** Files and pages that were read are parsed where there is a tool for it, before they are worked on. */
function parsingWants(
  wanted: ReadonlySet<Trade>,
  tools: readonly KnownTool[],
  material: Material,
  clause: Clause | undefined,
): Want[] {
  if (
    clause === undefined ||
    !(['analyse', 'query', 'report', 'visualise'] as const).some((trade) => wanted.has(trade))
  )
    return [];
  return (['parse-json', 'parse-csv'] as const).flatMap((trade) => {
    const tool = wanted.has(trade) ? undefined : tools.find((one) => one.trade === trade);
    const format = trade === 'parse-json' ? 'json' : 'csv';
    const seeds = material.documents
      .filter((document) => document.format === format)
      .map((document): Seed => ({ kind: 'document', document }));
    return tool === undefined || seeds.length === 0 ? [] : [{ tool, clause, seeds }];
  });
}

/** The tool of the trade that fits the sentence best, and others of the trade that the sentence names. */
function toolsFor({ trade, clause }: Intent, tools: readonly KnownTool[]): KnownTool[] {
  const able = tools.filter((tool) => tool.trade === trade);
  const [best, ...rest] = able
    .map((tool, at) => ({ tool, score: overlap(tool, clause) - at / 1_000 }))
    .sort((a, b) => b.score - a.score)
    .map(({ tool }) => tool);
  if (best === undefined) return [];
  const general = wordsOf(trade);
  const named = rest.filter((tool) =>
    [...tool.nameStems].some(
      (word) =>
        clause.stems.has(word) && !general.verbs.has(word) && !general.objects.has(word) && !best.nameStems.has(word),
    ),
  );
  return [best, ...named];
}

/** Tools of no wanted trade whose name says what the sentence says. */
function othersFor(clause: Clause, tools: readonly KnownTool[], taken: readonly KnownTool[]): KnownTool[] {
  return tools.filter((tool) => tool.trade === undefined && !taken.includes(tool) && isNamedBy(tool, clause));
}

/** True where a telling word of the tool's name stands in the sentence and its verb is not another one. */
function isNamedBy(tool: KnownTool, clause: Clause): boolean {
  const telling = splitWords(tool.spec.name).filter((word) => !SOFT.has(stem(word)));
  const verbs = telling.filter(isAction).map(stem);
  const hasVerb = verbs.length === 0 || verbs.some((verb) => clause.stems.has(verb));
  const words = telling.map(stem).filter((word) => !GENERAL_VERBS.has(word));
  const shared = words.filter((word) => clause.stems.has(word)).length;
  return hasVerb && (shared > 0 || (words.length === 0 && verbs.some((verb) => clause.stems.has(verb))));
}

const GENERAL_VERBS = new Set('create list update add set'.split(' ').map(stem));

function overlap(tool: KnownTool, clause: Clause): number {
  let score = 0;
  for (const word of clause.stems) score += tool.nameStems.has(word) ? 2 : tool.stems.has(word) ? 1 : 0;
  return score;
}

/** The calls of a want that have not been made: each seed once, a failed one once more where the error says what to mend. */
function openCalls(
  { tool, clause, seeds }: Want,
  conversation: Conversation,
  material: Material,
): { open: Call[]; lack?: Lack } {
  const before = conversation.calls.filter(({ name }) => name === tool.spec.name);
  const failures = before.filter(({ result }) => result?.isError === true);
  const open: Call[] = [];
  let lack: Lack | undefined;
  for (const seed of seeds.flatMap((one) => splitSeed(one, tool, { clause, conversation, material }))) {
    const takenUp = before.filter((call) => isTakenUp(seed, call.arguments ?? null));
    if (takenUp.some(({ result }) => result?.isError !== true)) continue;
    const occasion: Occasion = { trade: tool.trade, clause, goal: conversation.goal, seed, material };
    const failed = takenUp.at(-1);
    if (failed?.result !== undefined) {
      const corrected =
        failures.length < MOST_FAILURES
          ? correctedArguments(tool, occasion, failed.arguments ?? null, failed.result.text)
          : undefined;
      if (corrected !== undefined) open.push({ name: tool.spec.name, arguments: corrected });
      continue;
    }
    const filled = fillArguments(tool, occasion);
    if (filled.isFilled) open.push({ name: tool.spec.name, arguments: filled.arguments });
    else lack = { kind: 'no-value', tool: tool.spec.name, missing: filled.missing };
  }
  const fresh = open.filter(
    (call) => !before.some((made) => canonicalJson(made.arguments ?? null) === canonicalJson(call.arguments)),
  );
  return lack === undefined ? { open: fresh } : { open: fresh, lack };
}

/** A dataset whose columns the tool cannot take together becomes one seed a column. */
function splitSeed(
  seed: Seed,
  tool: KnownTool,
  {
    clause,
    conversation,
    material,
  }: Pick<Want, 'clause'> & { readonly conversation: Conversation; readonly material: Material },
): Seed[] {
  if (seed.kind !== 'dataset' || seed.dataset.columns.length < 2) return [seed];
  const fits = (one: Seed): boolean =>
    fillArguments(tool, { trade: tool.trade, clause, goal: conversation.goal, seed: one, material }).isFilled;
  if (fits(seed)) return [seed];
  const columns = columnsOf(seed.dataset).map((dataset): Seed => ({ kind: 'dataset', dataset }));
  return columns.every(fits) ? columns : [seed];
}

function withoutDoubles(calls: readonly Call[]): Call[] {
  const seen = new Map(calls.map((call) => [`${call.name} ${canonicalJson(call.arguments)}`, call]));
  return [...seen.values()];
}
