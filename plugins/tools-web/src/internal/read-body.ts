/** The beginning of a body. */
export interface BodyBytes {
  readonly bytes: Uint8Array;
  /** True where the body goes on. */ readonly isTruncated: boolean;
}

/** Reads at most `maxBytes` of a body and then closes the connection to the rest. */
export async function readBody(response: Response, maxBytes: number): Promise<BodyBytes> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: new Uint8Array(), isTruncated: false };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: joined(chunks, size), isTruncated: false };
    chunks.push(value);
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      return { bytes: joined(chunks, size).subarray(0, maxBytes), isTruncated: true };
    }
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
