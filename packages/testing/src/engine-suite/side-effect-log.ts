import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * Kinds of marks: `S` a delivery began, `F` its handler is about to return; `B` a step body began, `E` it ended, `C` the
 * engine gave its value back; `A` a person's answer stood for the body of a step in doubt.
 */
export type MarkKind = 'S' | 'F' | 'B' | 'E' | 'C' | 'A';

/** A mark in the log of side effects, the oracle of the crash checks: a `B` after a `C` must never happen. */
export interface Mark {
  readonly kind: MarkKind;
  readonly task: string;
  readonly key: string;
  /** Process that wrote it. */ readonly pid: number;
}

/** Appends a mark. It survives the death of the process, for the system holds it. */
export function writeMark(file: string, kind: MarkKind, task: string, key = ''): void {
  appendFileSync(file, `${kind}\t${task}\t${key}\t${process.pid}\n`);
}

/** Every mark in the order of writing. */
export async function readMarks(file: string): Promise<Mark[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [kind, task = '', key = '', pid] = line.split('\t');
      return { kind: kind as MarkKind, task, key, pid: Number(pid) };
    });
}
