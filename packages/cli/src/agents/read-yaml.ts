import { OrchestratorError } from '@master-orchestrator/errors';
import { readFile, stat } from 'node:fs/promises';
import type { z } from 'zod';

/** Something that is wrong in a YAML file, with its place. */
export interface YamlIssue {
  readonly file: string;
  /** From 1; absent where the whole file is meant. */ readonly line?: number;
  /** From 1. */ readonly column?: number;
  /** `limits.turns`; empty where the whole file is meant. */ readonly path: string;
  readonly problem: string;
  readonly hint: string;
}

/** A YAML file that was read and checked. */
export interface YamlReading<T> {
  /** Absent where there are issues. */ readonly value?: T;
  readonly issues: readonly YamlIssue[];
  /** An issue about a place of this file. */
  readonly issueAt: (path: readonly string[], problem: string, hint: string) => YamlIssue;
}

const LARGEST_BYTES = 262_144;

/** Reads a YAML file and checks it against a schema. Never rejects: what is wrong is an issue. */
export async function readYaml<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<YamlReading<z.output<Schema>>> {
  const nowhere = (_path: readonly string[], problem: string, hint: string): YamlIssue => ({
    file,
    path: '',
    problem,
    hint,
  });
  const content = await readBounded(file);
  if (typeof content !== 'string') return { issues: [nowhere([], content.problem, content.hint)], issueAt: nowhere };
  const { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(content, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  const placeOf = (offset: number | undefined): { line: number; column: number } | undefined => {
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    const issues = document.errors.map(({ message, pos }) => {
      const problem = `cannot be read: ${message.split('\n', 1)[0] ?? ''}`;
      return { file, ...placeOf(pos[0]), path: '', problem, hint: 'Mend the syntax at this place.' };
    });
    return { issues, issueAt: nowhere };
  }
  const offsetOf = (path: readonly string[]): number | undefined => {
    let node: unknown = document.contents;
    let offset: number | undefined = document.contents?.range?.[0];
    for (const key of path) {
      const found: unknown = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
        : isSeq(node)
          ? node.items[Number(key)]
          : undefined;
      if (found === undefined) break;
      offset = isPair(found) ? rangeOf(found.key) : rangeOf(found);
      node = isPair(found) ? found.value : found;
    }
    return offset;
  };
  const issueAt = (path: readonly string[], problem: string, hint: string): YamlIssue => ({
    file,
    ...placeOf(offsetOf(path)),
    path: path.join('.'),
    problem,
    hint,
  });
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (parsed.success) return { value: parsed.data, issues: [], issueAt };
  return { issues: await issuesOf(parsed.error, schema, issueAt), issueAt };
}

/** One line about an issue: place, path, problem, hint. */
export function formatYamlIssue({ file, line, column, path, problem, hint }: YamlIssue): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${path === '' ? '' : `${path} `}${problem}. ${hint}`;
}

/** The error about files with issues. */
export function invalidFiles(what: string, issues: readonly YamlIssue[]): OrchestratorError {
  const lines = issues.map((issue) => `\n  ${formatYamlIssue(issue)}`);
  const problems = issues.length === 1 ? 'a problem' : `${issues.length} problems`;
  return new OrchestratorError(
    'AGENT_INVALID',
    `${what} ${issues.length === 1 ? 'has' : 'have'} ${problems}.${lines.join('')}`,
    {
      advice: 'Mend the places named in the message; `mao agents check` shows them again.',
    },
  );
}

async function issuesOf(
  error: z.ZodError,
  schema: z.ZodType,
  issueAt: YamlReading<unknown>['issueAt'],
): Promise<YamlIssue[]> {
  const { nearest } = await import('@master-orchestrator/core');
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [issueAt(path, `is not right: ${issue.message}`, 'Correct it.')];
    const known = keysAt(schema, path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean "${near}"?`;
      return issueAt([...path, key], 'is not a field', hint);
    });
  });
}

/** Names of the fields of an object schema, at a path inside it. */
function keysAt(schema: z.ZodType, path: readonly string[]): string[] {
  let node: unknown = schema;
  for (const key of ['', ...path]) {
    while ((node as { unwrap?: unknown } | undefined)?.unwrap !== undefined)
      node = (node as { unwrap(): unknown }).unwrap();
    if (key !== '') node = (node as { shape?: Record<string, unknown> } | undefined)?.shape?.[key];
  }
  while ((node as { unwrap?: unknown } | undefined)?.unwrap !== undefined)
    node = (node as { unwrap(): unknown }).unwrap();
  return Object.keys((node as { shape?: object } | undefined)?.shape ?? {});
}

async function readBounded(file: string): Promise<string | { readonly problem: string; readonly hint: string }> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_BYTES)
      return { problem: `is too large: ${size} bytes`, hint: `Keep it under ${LARGEST_BYTES} bytes.` };
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code = 'unreadable' } = cause as NodeJS.ErrnoException;
    return {
      problem: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`,
      hint: 'Write it, or check its permissions.',
    };
  }
}

function rangeOf(node: unknown): number | undefined {
  return (node as { readonly range?: readonly number[] | null } | null | undefined)?.range?.[0];
}
