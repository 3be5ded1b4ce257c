import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { isRecord, parseJson } from '../data/json-values.js';
import type { Candidate } from './match-agent.js';

/** An agent or a template that a plan may name. */
export interface Member extends Candidate {
  readonly kind: 'agent' | 'template';
  /** JSON Schema of a template's parameters, where it was told. */ readonly parameters?: JsonSchema;
}

const HEADING =
  /^\s*(?:#{1,6}\s*|\*\*)?(?:available |existing |known |your )*(agents?|team|members|templates?|agent templates?)\b[^\n:]{0,60}:?\s*(?:\*\*)?:?\s*$/i;
const NAMED_LINE =
  /^\s*(?:[-*•]|\d+[.)])\s+(?:["'`*]{0,2})([\w][\w .-]{0,62}?)(?:["'`*]{0,2})\s*(?:\((?:id: )?[^)\n]*\))?\s*(?::|–|—|-\s|=)\s*(.+)$/;

/**
 * The agents and templates that texts list: as JSON lines, as a JSON value, or as lines `- name: description` below a
 * heading such as "Agents:" or "Templates:".
 */
export function readRoster(texts: readonly string[]): Member[] {
  const members = texts.flatMap((text) => [...membersOfLines(text), ...membersOfJson(text)]);
  const byKey = new Map(members.map((member) => [`${member.kind} ${member.name}`, member]));
  return [...byKey.values()];
}

/** What stands before the lists: the goal itself. */
export function goalOf(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line, at) => HEADING.test(line) && isListed(lines[at + 1]));
  const goal = (end < 0 ? lines : lines.slice(0, end)).join('\n');
  return goal.replace(/^\s*(?:#{1,6}\s*)?(?:Goal|Task|Request)\s*:?\s*(?:\n|(?<=:)\s*)/i, '').trim();
}

function isListed(line: string | undefined): boolean {
  return line === undefined || line.trim() === '' || /^\s*(?:[-*•[{]|\d+[.)])/.test(line);
}

function membersOfLines(text: string): Member[] {
  let kind: Member['kind'] | undefined;
  const members: Member[] = [];
  for (const line of text.split('\n')) {
    const heading = HEADING.exec(line);
    if (heading !== null) kind = /template/i.test(heading[1] ?? '') ? 'template' : 'agent';
    else if (kind !== undefined && /^\S/.test(line) && !/^[-*•\d[{]/.test(line)) kind = undefined;
    const entry = parseJson(line.replace(/^\s*[-*•]\s*/, ''));
    if (isRecord(entry)) members.push(...memberOf(entry, kind));
    else if (kind !== undefined) members.push(...memberOfWords(line, kind));
  }
  return members;
}

function memberOfWords(line: string, kind: Member['kind']): Member[] {
  const match = NAMED_LINE.exec(line);
  return match === null ? [] : [{ kind, name: (match[1] ?? '').trim(), description: match[2] ?? '' }];
}

/** Members in JSON that spans lines. */
function membersOfJson(text: string): Member[] {
  const whole = parseJson(text.trim());
  const blocks =
    whole === undefined ? [...text.matchAll(/^[[{][\s\S]*?^[\]}]/gm)].map(([block]) => parseJson(block)) : [whole];
  return blocks.flatMap((value) => (value === undefined ? [] : membersOfValue(value, undefined, 0)));
}

function membersOfValue(value: Json, kind: Member['kind'] | undefined, depth: number): Member[] {
  if (depth > 4) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => (isRecord(entry) ? memberOf(entry, kind) : []));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const named = /template/i.test(key) ? 'template' : /agent|team|member/i.test(key) ? 'agent' : kind;
    return membersOfValue(inner, named, depth + 1);
  });
}

function memberOf(entry: Record<string, Json>, kind: Member['kind'] | undefined): Member[] {
  const named = typeof entry.template === 'string' ? 'template' : typeof entry.agent === 'string' ? 'agent' : kind;
  const name = entry.template ?? entry.agent ?? entry.name ?? entry.id;
  if (named === undefined || typeof name !== 'string' || name === '') return [];
  const description = [entry.description, entry.role].filter((text) => typeof text === 'string').join(' ');
  const tools = Array.isArray(entry.tools) ? entry.tools.filter((tool) => typeof tool === 'string') : undefined;
  return [
    {
      kind: named,
      name,
      description,
      ...(tools === undefined ? {} : { tools }),
      ...(isRecord(entry.parameters) ? { parameters: entry.parameters } : {}),
    },
  ];
}
