import { appendFileSync, readFileSync } from 'node:fs';

/**
 * Kinds of marks: `B` a body began (a tool at work, a model that is asked), `E` it ended, `C` what it gave was seen by
 * what comes after it, so that it must never begin again.
 */
export type MarkKind = 'B' | 'E' | 'C';

/** A line of the log of side effects: what really happened, whatever the engine says. */
export interface Mark {
  readonly kind: MarkKind;
  readonly job: number;
  /** `model-<turn>` or the name of a tool. */ readonly step: string;
  readonly pid: number;
  /** Idempotency key of a tool call. */ readonly key: string;
}

/** Appends a mark. It survives the death of the process, for the system holds it. */
export function writeMark(folder: string, kind: MarkKind, job: number, step: string, key = ''): void {
  appendFileSync(`${folder}/marks.log`, `${kind}\t${job}\t${step}\t${process.pid}\t${key}\n`);
}

/** Every mark in the order of writing. */
export function readMarks(folder: string): Mark[] {
  let text = '';
  try {
    text = readFileSync(`${folder}/marks.log`, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [kind, job, step = '', pid, key = ''] = line.split('\t');
      return { kind: kind as MarkKind, job: Number(job), step, pid: Number(pid), key };
    });
}
