import { dirname } from 'node:path';
import type { Document, LineCounter, Node } from 'yaml';
import type { ConfigIssue } from './config-issue.js';
import type { PlainObject } from './internal/plain-object.js';
import type { ConfigSource, Layer } from './layer.js';

/** A file that is read as text once; its layer knows where each value stands. */
export interface FileText {
  readonly kind: 'user-file' | 'project-file';
  /** Absolute. */ readonly file: string;
  readonly text: string;
}

/**
 * Reads a YAML or JSON configuration (YAML 1.2, core schema, unique text keys). A syntax fault is an issue with line
 * and column, and the layer is then empty.
 */
export async function fileLayer({ kind, file, text }: FileText): Promise<{ layer: Layer; issues: ConfigIssue[] }> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  const sourceAt = (offset: number): ConfigSource => {
    const { line, col } = lines.linePos(offset);
    return { kind, file, line, column: col };
  };
  const problems = [...document.errors, ...document.warnings].slice(0, 20);
  const issues = problems.map(({ message, pos }) => syntaxIssue(message, sourceAt(pos[0])));
  if (issues.length === 0 && file.endsWith('.json')) issues.push(...strictJson(text, sourceAt));
  const empty: Layer = { kind, values: {}, directory: dirname(file), locate: () => ({ kind, file }) };
  if (issues.length > 0) return { layer: empty, issues };
  try {
    const values = (document.toJS({ maxAliasCount: 100 }) ?? {}) as PlainObject;
    const locate = (path: readonly (string | number)[], what: 'key' | 'value'): ConfigSource =>
      placeOf(document, lines, path, what, { kind, file });
    return { layer: { kind, values, directory: dirname(file), locate }, issues };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { layer: empty, issues: [syntaxIssue(problem, { kind, file })] };
  }
}

function syntaxIssue(message: string, source: ConfigSource): ConfigIssue {
  const firstLine = message.split('\n', 1)[0] ?? '';
  return { path: '', problem: `cannot be read: ${firstLine}`, hint: 'Mend the syntax at this place.', source };
}

/** YAML takes more than JSON does; a `.json` file is held to JSON. */
function strictJson(text: string, sourceAt: (offset: number) => ConfigSource): ConfigIssue[] {
  try {
    if (text.trim() !== '') JSON.parse(text);
    return [];
  } catch (error) {
    const message = (error as Error).message;
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
    return [syntaxIssue(`it is not JSON: ${message.replace(/ in JSON at position .*$/, '')}`, sourceAt(offset))];
  }
}

/** The place of a key or value; of the nearest thing around it where the path leads to nothing. */
function placeOf(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
  what: 'key' | 'value',
  source: ConfigSource,
): ConfigSource {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [index, key] of path.entries()) {
    const items = (node as { readonly items?: readonly unknown[] } | null)?.items;
    if (!Array.isArray(items)) break;
    const found: unknown = items.find((item, place) =>
      isPair(item) ? keyText(item.key) === String(key) : place === Number(key),
    );
    if (found === undefined) break;
    node = isPair(found) ? found.value : found;
    const isKeyWanted = isPair(found) && what === 'key' && index === path.length - 1;
    offset = (isPair(found) && (isKeyWanted || node === null) ? startOf(found.key) : startOf(node)) ?? offset;
  }
  if (offset === undefined) return source;
  const { line, col } = lines.linePos(offset);
  return { ...source, line, column: col };
}

function isPair(item: unknown): item is { readonly key: unknown; readonly value: unknown } {
  return typeof item === 'object' && item !== null && 'key' in item && 'value' in item;
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : String(key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
