import type { ServerResponse } from 'node:http';

/** Aborts when the connection of an answer closes, answered or not. */
export function closedSignal(raw: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (raw.destroyed) controller.abort();
  else raw.once('close', () => controller.abort());
  return controller.signal;
}
