import type { ModelRequest } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { withNote } from './answer/note.js';
import { writeAnswer } from './answer/write-answer.js';
import { readConversation } from './conversation.js';
import { extractData } from './data/extract-data.js';
import { splitClauses } from './text/clauses.js';
import { chooseCalls } from './work/choose-tools.js';
import { classifyTool } from './work/classify-tool.js';
import { gatherMaterial } from './work/material.js';

/** What the model does in a turn. */
export type Decision =
  | { readonly kind: 'calls'; readonly calls: readonly { readonly name: string; readonly arguments: Json }[] }
  | { readonly kind: 'text'; readonly text: string; readonly isCut?: boolean }
  | { readonly kind: 'refusal'; readonly text: string };

/** Decides from the request alone: the same request gives the same decision. */
export function decide(request: ModelRequest): Decision {
  const conversation = readConversation(request);
  const tools = request.tools.map(classifyTool);
  const material = gatherMaterial(conversation, tools);
  const clauses = splitClauses(conversation.goal, extractData(conversation.goal).mentions);
  const work = chooseCalls(conversation, clauses, tools, material);
  if (work.calls.length > 0) return { kind: 'calls', calls: work.calls };
  return { kind: 'text', text: withNote(writeAnswer({ conversation, tools, material, work })) };
}
