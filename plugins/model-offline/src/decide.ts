import type { ModelRequest } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { fillOutput } from './answer/fill-output.js';
import { withNote } from './answer/note.js';
import { writeAnswer, type AnswerSource } from './answer/write-answer.js';
import { readConversation, type Conversation } from './conversation.js';
import { assignPieces, dueHandOvers, heldBy, transferFor } from './planning/hand-over.js';
import { isPlanSchema } from './planning/plan-schema.js';
import { writePlan } from './planning/write-plan.js';
import { remainderOf } from './remainder.js';
import { splitClauses, wholeClause, type Clause } from './text/clauses.js';
import {
  bestToolFor,
  callFor,
  chooseCalls,
  planWork,
  type Call,
  type Lack,
  type WorkPlan,
} from './brief/choose-tools.js';
import { classifyTool, type KnownTool } from './brief/classify-tool.js';
import { gatherMaterial, type Material } from './brief/material.js';
import { readOnCalls } from './brief/read-on.js';

/** What the model does in a turn. */
export type Decision =
  | { readonly kind: 'calls'; readonly calls: readonly { readonly name: string; readonly arguments: Json }[] }
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'refusal'; readonly text: string };

/** Words of the host after which no tool is called any more. */
const FINISH_NOW =
  /\b(last turn|finish now|final answer now|no more tools?|wrap up|do not call (any )?(more )?tools?)\b/i;

interface Situation {
  readonly request: ModelRequest;
  readonly conversation: Conversation;
  readonly tools: readonly KnownTool[];
  readonly material: Material;
  readonly clauses: readonly Clause[];
  readonly whole: Clause;
  readonly plan: WorkPlan;
}

/** Decides from the request alone: the same request gives the same decision. */
export function decide(request: ModelRequest): Decision {
  const conversation = readConversation(request);
  const tools = request.tools.map(classifyTool);
  if (request.outputSchema !== undefined && isPlanSchema(request.outputSchema.schema)) {
    return { kind: 'text', text: JSON.stringify(writePlan(conversation, request.outputSchema.schema)), isCut: false };
  }
  const material = gatherMaterial(conversation, tools);
  const { mentions } = material;
  const clauses = splitClauses(conversation.goal, mentions);
  const whole = wholeClause(conversation.goal, mentions);
  const plan = planWork(clauses, tools, material);
  const { calls, lacks } = callsOf({ request, conversation, tools, material, clauses, whole, plan });
  if (calls.length > 0) {
    const isOneByOne = request.settings.parallelToolCalls === false;
    return { kind: 'calls', calls: isOneByOne ? calls.slice(0, 1) : calls };
  }
  const known = { ...plan, lacks: [...plan.lacks, ...lacks] };
  return answer({ conversation, tools, material, plan: known }, request);
}

interface Chosen {
  readonly calls: readonly Call[];
  readonly lacks: readonly Lack[];
}

const NOTHING: Chosen = { calls: [], lacks: [] };

/** The calls of this turn, under the request's rules of which tool may or must be called. */
function callsOf(situation: Situation): Chosen {
  const { request, conversation, tools, whole } = situation;
  const { toolChoice = 'auto' } = request;
  const isDone = conversation.isClosing || conversation.notes.some((note) => FINISH_NOW.test(note));
  if (toolChoice === 'none' || tools.length === 0 || isDone) return NOTHING;
  if (typeof toolChoice === 'object') {
    const tool = tools.find(({ spec }) => spec.name === toolChoice.tool);
    return tool === undefined ? NOTHING : oneCall(tool, situation);
  }
  const readOn = readOnCalls(conversation, tools);
  if (readOn.length > 0) return { calls: readOn, lacks: [] };
  const chosen = chooseFreely(situation);
  if (chosen.calls.length > 0 || toolChoice !== 'required' || conversation.calls.length > 0) return chosen;
  const tool = bestToolFor(whole, tools);
  const forced = tool === undefined ? NOTHING : oneCall(tool, situation);
  return { calls: forced.calls, lacks: [...chosen.lacks, ...forced.lacks] };
}

/** The call of one tool, for the sentence that fits it. */
function oneCall(named: KnownTool, { plan, whole, conversation, material }: Situation): Chosen {
  const clause = plan.wants.find(({ tool }) => tool === named)?.clause ?? whole;
  const { call, lack } = callFor(named, clause, conversation, material);
  return { calls: call === undefined ? [] : [call], lacks: lack === undefined ? [] : [lack] };
}

/** Own tools first, other agents for what they do better, the whole conversation to another where nothing fits. */
function chooseFreely(situation: Situation): Chosen {
  const { conversation, material, tools, whole, plan } = situation;
  const assignments = assignPieces(situation, plan.takes);
  const own = chooseCalls(plan, conversation, material, heldBy(assignments));
  const due = own.isReading ? [] : dueHandOvers(assignments, situation, own.calls.length > 0);
  const calls = [...own.calls, ...due];
  const isOurs = calls.length > 0 || material.results.length > 0 || situation.clauses.some(plan.takes);
  const transfer = isOurs ? undefined : transferFor(conversation, whole, tools, material);
  return { calls: transfer === undefined ? calls : [transfer], lacks: own.lacks };
}

function answer(source: AnswerSource, request: ModelRequest): Decision {
  const text = writeAnswer(source);
  if (request.outputSchema === undefined) {
    return { kind: 'text', ...remainderOf(withNote(text), request) };
  }
  const filled = fillOutput(request.outputSchema.schema, source, text);
  if (filled.isFilled) return { kind: 'text', ...remainderOf(JSON.stringify(filled.value), request) };
  return {
    kind: 'refusal',
    text: withNote(`The answer needs ${filled.missing}, and neither the text nor a tool's result gives it.`),
  };
}
