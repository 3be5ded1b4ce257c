/** One message of an event stream. */
export interface StreamedMessage {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** An open event stream. */
export interface OpenStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  /** Comments that came so far. */ readonly comments: readonly string[];
  /** The next message; `undefined` at the end. */ next(): Promise<StreamedMessage | undefined>;
  /** Messages up to the first that fits, that one included, or to the end. */
  until(fits: (message: StreamedMessage) => boolean): Promise<StreamedMessage[]>;
  close(): Promise<void>;
}

/** Opens an event stream. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<OpenStream> {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  const comments: string[] = [];
  const messages = response.body === null ? undefined : read(response.body, comments)[Symbol.asyncIterator]();
  const next = async (): Promise<StreamedMessage | undefined> => {
    const step = await messages?.next();
    return step?.done === true ? undefined : step?.value;
  };
  const close = async (): Promise<void> => {
    controller.abort();
    await messages?.return?.(undefined).catch(() => undefined);
  };
  return {
    status: response.status,
    headers: response.headers,
    comments,
    next,
    until: async (fits) => {
      const seen: StreamedMessage[] = [];
      for (let message = await next(); message !== undefined; message = await next()) {
        seen.push(message);
        if (fits(message)) break;
      }
      return seen;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function* read(body: ReadableStream<Uint8Array>, comments: string[]): AsyncGenerator<StreamedMessage> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      if (block.startsWith(':')) comments.push(block);
      const message = messageOf(block);
      if (message !== undefined) yield message;
    }
  }
}

function messageOf(block: string): StreamedMessage | undefined {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const [id, event] = [fields.get('id'), fields.get('event')];
  return { data, ...(id === undefined ? {} : { id }), ...(event === undefined ? {} : { event }) };
}
