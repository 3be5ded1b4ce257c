import { z } from 'zod';
import { milliseconds, RELOADABLE, section } from './parts.js';

const texts = z.array(z.string().min(1));

const netPolicy = z.strictObject({
  allowedHosts: texts.exactOptional(),
  allowPrivateHosts: texts.exactOptional(),
  maxBytes: z.int().min(1).exactOptional(),
  maxRedirects: z.int().min(0).max(20).exactOptional(),
  timeoutMs: z.int().min(1).exactOptional(),
});

const permissions = z.strictObject({
  net: z.union([z.literal(false), netPolicy]).exactOptional(),
  fs: z.union([z.literal(false), z.strictObject({ roots: texts })]).exactOptional(),
  env: texts.exactOptional(),
});

const approvals = section({
  expiryMs: z
    .int()
    .min(1)
    .exactOptional()
    .describe('How long a call waits for the answer of a person, in milliseconds. Unset: for ever.'),
  onExpiry: z.enum(['deny', 'approve']).default('deny').describe('The answer where nobody gave one in time.'),
}).describe('Tool calls that wait for the approval of a person.');

/** Section `tools`. */
export const tools = section({
  defaultDeny: z.boolean().default(false).describe('Public tools need a grant too.'),
  timeoutMs: milliseconds(30_000, 'Longest time of one tool call').meta(RELOADABLE),
  concurrent: z.int().min(1).max(10_000).default(10).describe('Calls of one tool at once.').meta(RELOADABLE),
  queueTimeoutMs: milliseconds(60_000, 'Longest wait of a call for its turn'),
  perAgentPerMinute: z
    .int()
    .min(1)
    .exactOptional()
    .describe('Calls of one agent a minute, over all tools. Unset: no limit.'),
  callsPerRun: z.int().min(1).exactOptional().describe('Calls in one run, over all tools. Unset: no limit.'),
  abortGraceMs: milliseconds(5_000, 'Time an aborted tool has to end before its result is discarded', 0),
  resultBytes: z
    .int()
    .min(1_024)
    .max(1_073_741_824)
    .default(1_048_576)
    .describe('Largest result kept, in bytes of JSON.'),
  excerptCharacters: z
    .int()
    .min(256)
    .max(16_777_216)
    .default(16_384)
    .describe('Part of a result that the model reads at once, in characters; it can ask for the rest.'),
  approvals,
  allowedHosts: texts
    .exactOptional()
    .describe('Hosts that any tool may reach, such as `api.example.com` or `*.example.com`. Unset: any public host.'),
  allowPrivateHosts: texts
    .exactOptional()
    .describe('Hosts that may be reached although their address is not public, such as `127.0.0.1:8080`. Unset: none.'),
  fileRoots: texts
    .exactOptional()
    .describe('Folders that any tool may reach. Unset: those that each tool set is given.'),
  permissions: z
    .record(z.string(), permissions)
    .default({})
    .describe(
      'By plugin name, what is left to its tools: `net` (false or hosts), `fs` (false or folders), `env` (names of variables).',
    ),
}).describe('What tools may do, and bounds of tools that set none of their own.');
