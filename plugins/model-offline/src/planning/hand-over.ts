import { describeResult } from '../answer/describe-result.js';
import { withoutNote } from '../answer/note.js';
import type { Conversation } from '../conversation.js';
import type { Clause } from '../text/clauses.js';
import { fillArguments } from '../brief/fill-arguments.js';
import type { KnownTool } from '../brief/classify-tool.js';
import type { Material } from '../brief/material.js';
import { argumentsOf } from '../brief/material.js';
import { rankCandidates, type Candidate } from './match-agent.js';
import { piecesOf, taskText, type Piece } from './pieces.js';

/** A call that gives work to another agent. */
export interface HandOver {
  readonly name: string;
  readonly arguments: { readonly [key: string]: string };
}

interface Colleague extends Candidate {
  readonly tool: KnownTool;
}

/** Transfers of one conversation after which it is not handed on any more. */
const MOST_TRANSFERS = 3;
const LONGEST_RESULT = 8_000;

/** What hand-overs are made from. */
export interface HandOverSource {
  readonly conversation: Conversation;
  readonly clauses: readonly Clause[];
  readonly tools: readonly KnownTool[];
  readonly material: Material;
}

/** A piece of work with who does it. */
export interface Assignment {
  readonly piece: Piece;
  /** True where the agent's own tools do it. */ readonly isOwn: boolean;
  /** Who gets it; absent for own work and for what fits nobody. */ readonly to?: KnownTool;
  /** True where it was not given yet. */ readonly isOpen: boolean;
}

/**
 * Assigns what the agent's own tools do not do to other agents: each piece to the one whose name and description fit
 * it best. Empty where there are no others.
 */
export function assignPieces(
  { conversation, clauses, tools }: Omit<HandOverSource, 'material'>,
  takes: (clause: Clause) => boolean,
): Assignment[] {
  const colleagues = colleaguesOf(tools, 'delegate');
  if (colleagues.length === 0) return [];
  return piecesOf(clauses).map((piece) => {
    if (takes(piece.clause)) return { piece, isOwn: true, isOpen: false };
    const to = rankCandidates(piece.clause, colleagues)[0]?.candidate.tool;
    if (to === undefined) return { piece, isOwn: false, isOpen: false };
    return { piece, isOwn: false, to, isOpen: !wasGiven(to, piece.clause, conversation) };
  });
}

/** Own sentences that wait for somebody else's answer. */
export function heldBy(assignments: readonly Assignment[]): Set<Clause> {
  const waiting = assignments.filter(
    ({ piece, isOwn }) => isOwn && piece.needs.some((at) => assignments[at]?.isOpen === true),
  );
  return new Set(waiting.map(({ piece }) => piece.clause));
}

/**
 * The hand-overs of this turn: everything that waits for nothing.
 *
 * @param isBusy - True while calls of the agent's own tools are to be made: what needs them waits.
 */
export function dueHandOvers(assignments: readonly Assignment[], source: HandOverSource, isBusy: boolean): HandOver[] {
  return assignments.flatMap(({ piece, to, isOpen }): HandOver[] => {
    const waits = piece.needs.some(
      (at) => assignments[at]?.isOpen === true || (assignments[at]?.isOwn === true && isBusy),
    );
    if (to === undefined || !isOpen || waits) return [];
    const hasRead = source.material.documents.length > 0;
    const results = piece.needs.length > 0 || hasRead ? resultsText(source.material) : '';
    return [{ name: to.spec.name, arguments: { task: `${taskText(piece, source.clauses)}${results}` } }];
  });
}

/** The transfer of the whole conversation to the agent that fits it best; `undefined` where none does. */
export function transferFor(
  conversation: Conversation,
  whole: Clause,
  tools: readonly KnownTool[],
  material: Material,
): HandOver | undefined {
  const made = conversation.calls.filter(({ name }) => name.startsWith('transfer_to_'));
  if (made.length >= MOST_TRANSFERS) return undefined;
  const open = colleaguesOf(tools, 'handoff').filter(({ tool }) => !made.some(({ name }) => name === tool.spec.name));
  const best = rankCandidates(whole, open)[0]?.candidate;
  if (best === undefined) return undefined;
  const occasion = {
    trade: undefined,
    clause: whole,
    goal: conversation.goal,
    seed: { kind: 'nothing' },
    material,
  } as const;
  const filled = fillArguments(best.tool, occasion);
  return filled.isFilled
    ? { name: best.tool.spec.name, arguments: filled.arguments as HandOver['arguments'] }
    : undefined;
}

/** Name and words of the agents behind the tools; the host's own words around them tell nobody apart. */
function colleaguesOf(tools: readonly KnownTool[], reach: KnownTool['reach']): Colleague[] {
  return tools
    .filter((tool) => tool.reach === reach)
    .map((tool) => ({
      tool,
      name: tool.spec.name.replace(/^(delegate|transfer)_to_/, ''),
      description: tool.spec.description.replace(/^(Hands a task to|Lets) the agent "[^"]*"[^.]*\.\s*/i, ''),
    }));
}

/** True where a call to that agent already had this piece for its task, whatever came of it. */
function wasGiven({ spec }: KnownTool, clause: Clause, conversation: Conversation): boolean {
  const words = clause.text.toLowerCase();
  return conversation.calls.some((call) => {
    const { task } = argumentsOf(call);
    return call.name === spec.name && typeof task === 'string' && task.toLowerCase().startsWith(words);
  });
}

/** Results in words for figures, as they are for everything else. */
function resultsText({ results }: Material): string {
  const parts = results.map((result) => {
    const { call, text, trade } = result;
    const told =
      trade === 'analyse'
        ? describeResult(result)
            .map((line) => `- ${line}`)
            .join('\n')
        : withoutNote(text);
    return `## Result of ${call.name.replace(/^delegate_to_/, '')}\n${told.slice(0, LONGEST_RESULT)}`;
  });
  return parts.length === 0 ? '' : `\n\n# Results so far\n${parts.join('\n\n')}`;
}
