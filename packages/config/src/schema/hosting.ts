import { z } from 'zod';
import { milliseconds, RELOADABLE, secret, section } from './parts.js';

const retention = section({
  finishedTasks: z.int().min(0).max(10_000_000).default(1_000).describe('Finished tasks kept in memory.'),
  finishedMs: milliseconds(604_800_000, 'Time a finished task stays in the store', 0),
}).describe('How long finished tasks are kept.');

/** Section `engine`. */
export const engine = section({
  address: z
    .string()
    .regex(/^[a-z][a-z0-9+.-]*:/)
    .default('memory:')
    .describe('Where tasks live: `memory:`, `sqlite:<file>` or the scheme of another engine plugin.')
    .meta({ 'x-expected': 'an address such as memory: or sqlite:./mao.db' }),
  dataDirectory: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Folder for what must be kept on disk. Unset: `.mao` in the folder of the configuration file.'),
  agingMs: milliseconds(60_000, 'Waiting this long makes a task one step more urgent (0: never)', 0),
  maxQueued: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(10_000)
    .describe('Unfinished tasks accepted at most; work that they hand on is taken all the same.'),
  whenFull: z
    .enum(['refuse', 'queue', 'run-inline'])
    .default('refuse')
    .describe(
      'What becomes of a task that finds the queue full: `refuse` it, let its caller wait for room (`queue`), or let the process of its caller run it at once, in memory (`run-inline`).',
    ),
  claimMs: milliseconds(30_000, 'How long a worker owns a task without a sign of life', 100),
  retention,
}).describe('The engine that stores and starts tasks.');

const auth = section({
  enabled: z
    .boolean()
    .default(false)
    .describe('Ask every caller for a key or token. The production profile turns it on.'),
  adminKey: secret('A first key with all rights, to make the others with: the value, `env:NAME` or `file:path`.'),
  jwt: section({
    jwksUrl: z
      .url({ protocol: /^https?$/ })
      .exactOptional()
      .describe('Where the public keys of bearer tokens are. Unset: tokens are not accepted.'),
    issuer: z.string().min(1).exactOptional().describe('Issuer a token must name.'),
    audience: z.string().min(1).exactOptional().describe('Audience a token must name.'),
  }).describe('Bearer tokens (JWT).'),
}).describe('Who may call the API.');

/** Section `server`. */
export const server = section({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. Another than loopback needs `server.auth.enabled`.'),
  port: z.int().min(0).max(65_535).default(6_260).describe('Port to listen on; 0 takes a free one.'),
  auth,
  cors: section({
    origins: z.array(z.string().min(1)).default([]).describe('Web origins that may call the API from a browser.'),
  }).describe('Cross-origin access; off without origins.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Names, beside the address itself, that the Host header may hold.'),
  rateLimitPerMinute: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100)
    .describe('Requests a minute, for each caller.')
    .meta(RELOADABLE),
  bodyBytes: z.int().min(1_024).max(1_073_741_824).default(1_048_576).describe('Largest request body, in bytes.'),
  trustProxy: z.boolean().default(false).describe('Believe the X-Forwarded headers of a proxy in front.'),
}).describe('The HTTP API.');

/** Section `shutdown`. */
export const shutdown = section({
  drainMs: milliseconds(25_000, 'Time running steps have to end', 0),
  abortMs: milliseconds(5_000, 'Time aborted steps have to end', 0),
  exitMs: milliseconds(35_000, 'Time after which the process ends in any case', 1_000),
}).describe('How a process stops.');

/** Section `logging`. */
export const logging = section({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least important lines that are written.')
    .meta(RELOADABLE),
  format: z
    .enum(['pretty', 'json'])
    .default('pretty')
    .describe('`pretty` for people, `json` for machines. Staging and production write `json`.'),
}).describe('Log lines.');

/** Section `metrics`. */
export const metrics = section({
  enabled: z.boolean().default(true).describe('Count what happens.'),
  prometheus: z.boolean().default(true).describe('Offer the counts to Prometheus at `/metrics`.'),
}).describe('Metrics.');

/** Section `discovery`. */
export const discovery = section({
  plugins: z
    .boolean()
    .default(false)
    .describe(
      'Turn on every plugin among the dependencies of the project (keyword `mao-plugin`). Off: installing a package runs nothing of it here.',
    ),
  permissions: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'What such a plugin may ask for: `net`, `fs:read`, `fs:write`, `process`, `env:NAME`. One that asks for more is refused.',
    ),
}).describe('Plugins that the configuration does not name.');

/** Section `events`. */
export const events = section({
  bufferSize: z.int().min(1).max(10_000_000).default(10_000).describe('Events kept for slow readers of the stream.'),
}).describe('The event stream.');
