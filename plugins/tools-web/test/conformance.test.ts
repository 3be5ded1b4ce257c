import type { ToolFetch } from '@master-orchestrator/contracts';
import { describeToolPlugin } from '@master-orchestrator/testing';
import { webToolsPlugin } from '../src/index.js';

/** A service that answers at once, and ends with its caller's signal. */
const answering: ToolFetch = async (_url, init) => {
  init?.signal?.throwIfAborted();
  return Response.json({ ok: true });
};

await describeToolPlugin(webToolsPlugin({ hosts: { 'keys.example': { idempotencyKeys: true } } }), {
  runs: 10_000,
  context: () => ({ fetch: answering }),
  examples: {
    http_request: [
      { url: 'https://api.example/items', query: { page: 2 } },
      { url: 'https://api.example/items', method: 'POST', json: { name: 'x' } },
      { url: 'https://keys.example/items', method: 'POST', body: 'x' },
    ],
  },
});
