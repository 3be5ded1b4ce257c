/** The smallest request of each API. */
export const RESPONSES_BODY = { model: 'gpt-test', input: 'hello' };
export const CHAT_BODY = { model: 'gpt-test', messages: [{ role: 'user', content: 'hello' }] };

export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The JSON of every event of a stream. */
export function eventsOf(text: string): readonly unknown[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:') && !line.endsWith('[DONE]'))
    .map((line) => JSON.parse(line.slice(5)) as unknown);
}
