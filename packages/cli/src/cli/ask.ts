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
  const answer = await text({ message, ...(initialValue === undefined ? {} : { initialValue }), ...streamsOf(io) });
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
  const answer = await select<T>({ message, options, ...streamsOf(io) });
  return isCancel(answer) ? undefined : answer;
}

/** Asks for yes or no; breaking off is a no. */
export async function askYes(io: Io, message: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message, ...streamsOf(io) });
  return !isCancel(answer) && answer;
}

/** Questions go to stderr: stdout is for results. */
function streamsOf({ stdin, stderr }: Io): { readonly input: Readable; readonly output: Writable } {
  return { input: stdin, output: stderr };
}
