import type { Readable, Writable } from 'node:stream';
import type { Io } from './io.js';

/** One thing a person may choose. */
export interface Choice<T extends string = string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Asks for a line of text. @returns `undefined` where the person breaks off */
export async function askText(io: Io, message: string, initialValue?: string): Promise<string | undefined> {
  const { isCancel, text } = await import('@clack/prompts');
  const given = initialValue === undefined ? {} : { initialValue };
  const answer = await asking(io, (streams) => text({ message, ...given, ...streams }));
  return isCancel(answer) ? undefined : (answer ?? '').trim();
}

/** Lets a person choose one of several things. @returns `undefined` where the person breaks off */
export async function askChoice<T extends string>(
  io: Io,
  message: string,
  choices: readonly Choice<T>[],
): Promise<T | undefined> {
  const { isCancel, select } = await import('@clack/prompts');
  const options = choices.map((choice) => ({ ...choice })) as Parameters<typeof select<T>>[0]['options'];
  const answer = await asking(io, (streams) => select<T>({ message, options, ...streams }));
  return isCancel(answer) ? undefined : answer;
}

/** Asks for yes or no; breaking off is a no. */
export async function askYes(io: Io, message: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await asking(io, (streams) => confirm({ message, ...streams }));
  return !isCancel(answer) && answer;
}

/** What stdin says when nobody will answer any more; Ctrl-D makes the line editor pause it. */
const LEAVING = ['end', 'close', 'pause'] as const;

interface Streams {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Questions go to stderr: stdout is for results. When the terminal goes away, the question is broken off. */
async function asking<T>({ stdin, stderr }: Io, ask: (streams: Streams) => Promise<T>): Promise<T> {
  const gone = new AbortController();
  let isOver = false;
  // The line editor pauses stdin after an answer too: that one gets through first.
  const leave = (): void => void setImmediate(() => (isOver ? undefined : gone.abort()));
  for (const event of LEAVING) stdin.once(event, leave);
  try {
    return await ask({ input: stdin, output: stderr, signal: gone.signal });
  } finally {
    isOver = true;
    for (const event of LEAVING) stdin.off(event, leave);
  }
}
