/** What a request for a plan says about earlier plans. */
export interface PlanHistory {
  /** Ids of tasks that are done. */ readonly done: readonly string[];
  readonly failed: readonly { readonly id: string; readonly description: string; readonly wasStarted: boolean }[];
  /** Names of templates and agents that an earlier plan may not have used. */ readonly refused: ReadonlySet<string>;
  readonly mostTasks?: number;
}

const ENTRY = /^\s*[-*]\s+([\w-]+):\s+([\s\S]+)$/;
const NEXT_ENTRY = /\n(?=\s*[-*]\s+[\w-]+:\s)/;

/** Reads which tasks of an earlier plan are done, which failed, and what was wrong with the plan. */
export function readPlanHistory(text: string): PlanHistory {
  const sections = sectionsOf(text);
  const done = entriesOf(sections.get('done')).map(([id]) => id);
  const failed = entriesOf(sections.get('failed')).map(([id, words]) => {
    const reason = /\s\(([A-Z_]+|not started): [^\n]*\)\s*$/.exec(words);
    const description = reason === null ? words : words.slice(0, reason.index);
    return { id, description, wasStarted: reason?.[1] !== 'not started' };
  });
  const problems = (sections.get('wrong') ?? []).join('\n');
  const refused = [...problems.matchAll(/(?:template|agent) "([^"]+)"(?! names)/g)].map((match) => match[1] ?? '');
  const most = /at most (\d+) (?:are allowed|tasks)/.exec(/has \d+ tasks[^\n]*/.exec(problems)?.[0] ?? '')?.[1];
  return { done, failed, refused: new Set(refused), ...(most === undefined ? {} : { mostTasks: Number(most) }) };
}

/** Entries `- id: text`; a text may have several lines. */
function entriesOf(lines: readonly string[] | undefined): [string, string][] {
  return (lines ?? [])
    .join('\n')
    .split(NEXT_ENTRY)
    .flatMap((entry): [string, string][] => {
      const match = ENTRY.exec(entry);
      return match === null ? [] : [[match[1] ?? '', (match[2] ?? '').trim()]];
    });
}

/** Lines below "… are done", "… failed …" and "… cannot be used". */
function sectionsOf(text: string): Map<'done' | 'failed' | 'wrong', string[]> {
  const sections = new Map<'done' | 'failed' | 'wrong', string[]>();
  let current: 'done' | 'failed' | 'wrong' | undefined;
  for (const line of text.split('\n')) {
    if (/^Write (a|the|your) .*plan\b/i.test(line)) {
      current = undefined;
      continue;
    }
    if (/^[^-*\s].*:\s*$|^[^-*\s].*;.*:\s*$/.test(line)) {
      current = /\bfailed\b|could not start/i.test(line)
        ? 'failed'
        : /\bare done\b|\bcompleted\b/i.test(line)
          ? 'done'
          : /cannot be used|problems?|wrong|invalid/i.test(line)
            ? 'wrong'
            : undefined;
    } else if (current !== undefined) sections.set(current, [...(sections.get(current) ?? []), line]);
  }
  return sections;
}
