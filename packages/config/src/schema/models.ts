import { z } from 'zod';
import { secret, section, milliseconds } from './parts.js';

const openai = section({
  apiKey: secret(
    'Key of the OpenAI(-compatible) service: the value, `env:NAME` or `file:path`. OPENAI_API_KEY sets it.',
  ),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .exactOptional()
    .describe('Address of an OpenAI-compatible service, such as `http://127.0.0.1:11434/v1`. Unset: OpenAI itself.'),
  api: z
    .enum(['responses', 'chat'])
    .default('responses')
    .describe('Which API to speak: `responses`, or `chat` (Chat Completions) for compatible servers.'),
  organization: z.string().min(1).exactOptional().describe('OpenAI organisation id that calls are counted for.'),
  project: z.string().min(1).exactOptional().describe('OpenAI project id that calls are counted for.'),
}).describe('The OpenAI or OpenAI-compatible service.');

const limits = section({
  connectMs: milliseconds(10_000, 'Longest time to open a connection'),
  headersMs: milliseconds(60_000, 'Longest time until the response headers'),
  firstTokenMs: milliseconds(120_000, 'Longest time until the first token of a stream'),
  silenceMs: milliseconds(60_000, 'Longest silence between two pieces of an answer'),
  attemptMs: milliseconds(600_000, 'Longest time of one attempt as a whole'),
}).describe('Time limits of one attempt of a model call; an agent may set its own.');

const concurrency = section({
  start: z.int().min(1).max(10_000).default(10).describe('Calls at once when nothing is known yet.'),
  lowest: z.int().min(1).max(10_000).default(1).describe('Calls at once that overload never cuts below.'),
  highest: z.int().min(1).max(10_000).default(100).describe('Calls at once that success never raises above.'),
}).describe('Adaptive limit of calls at once, for each model.');

/** Section `models`. */
export const models = section({
  default: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      'Model of agents that name none: `<provider>:<model>` or a bare name. Unset: the first model of the first provider, which is gpt-4o with OpenAI.',
    ),
  openai,
  limits,
  concurrency,
  allowOfflineInProduction: z
    .boolean()
    .default(false)
    .describe('Let the production profile start with the rule-based offline model.'),
}).describe('Which models answer, and how long they may take.');
