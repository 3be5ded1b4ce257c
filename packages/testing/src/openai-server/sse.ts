import type { WireVariation } from './fault.js';

/** One event of a stream before it is written. */
export interface Frame {
  /** Name in the `event:` line; Chat Completions has none. */ readonly event?: string;
  readonly data: string;
  /** True for what tells the client that the answer is complete. */ readonly isTerminal?: boolean;
}

/** Writes a frame as text of an event stream (WHATWG HTML, section "Server-sent events"). */
export function encodeFrame(frame: Frame, wire: WireVariation = {}): string {
  const end = { lf: '\n', crlf: '\r\n', cr: '\r' }[wire.lineEnd ?? 'lf'];
  const colon = wire.tightData === true ? ':' : ': ';
  const comment = wire.comments === true ? `: keep-alive${end}${end}` : '';
  const event = frame.event === undefined || wire.omitEventNames === true ? '' : `event${colon}${frame.event}${end}`;
  return `${comment}${event}data${colon}${frame.data}${end}${end}`;
}
