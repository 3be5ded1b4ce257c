import type { ContentPart, MessageItem } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { fileOf } from './chat-messages.js';
import { OWN_TOOLS, refuse } from './unsupported.js';

const part = z.union([
  z.looseObject({ type: z.enum(['input_text', 'output_text', 'text']), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({
    type: z.literal('input_image'),
    image_url: z.string().min(1),
    detail: z.enum(['low', 'high', 'auto']).nullish(),
  }),
  z.looseObject({
    type: z.literal('input_file'),
    filename: z.string().optional(),
    file_data: z.string().optional(),
    file_id: z.string().nullish(),
  }),
]);

const message = z.looseObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'system', 'developer', 'assistant']),
  content: z.union([z.string(), z.array(part)]),
});

const toolItem = z.looseObject({ type: z.enum(['function_call', 'function_call_output']) });
/** Thoughts of another model; an agent cannot use them. */
const reasoning = z.looseObject({ type: z.literal('reasoning') });

/** The field `input` of `/v1/responses`. */
export const inputSchema = z.union([
  z.string(),
  z
    .array(z.union([message, toolItem, reasoning]))
    .min(1)
    .max(10_000),
]);

/** The input in the orchestrator's form. @throws OrchestratorError REQUEST_INVALID for calls of a client's own tools */
export function messagesOfInput(input: z.output<typeof inputSchema>): MessageItem[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return input.flatMap((item): MessageItem[] => {
    const { type } = item;
    refuse('input', type === 'function_call' || type === 'function_call_output', OWN_TOOLS);
    if (!('role' in item) || !('content' in item)) return [];
    const { role, content } = item as z.output<typeof message>;
    if (role === 'user') return [{ type: 'message', role, content: contentOf(content) }];
    return [{ type: 'message', role: role === 'assistant' ? 'assistant' : 'system', content: wordsOf(content) }];
  });
}

type Content = z.output<typeof message>['content'];

function wordsOf(content: Content): string {
  if (typeof content === 'string') return content;
  return content.map((piece) => ('text' in piece ? piece.text : 'refusal' in piece ? piece.refusal : '')).join('');
}

function contentOf(content: Content): string | ContentPart[] {
  if (typeof content === 'string') return content;
  const parts = content.map((piece): ContentPart => {
    if (piece.type === 'input_image') {
      const { image_url: url, detail } = piece as { image_url: string; detail?: 'low' | 'high' | 'auto' | null };
      return { type: 'image', url, ...(detail === undefined || detail === null ? {} : { detail }) };
    }
    if (piece.type === 'input_file') {
      const { filename, file_data: data, file_id: fileId } = piece as Record<string, string | undefined>;
      return fileOf(filename, data, fileId);
    }
    return { type: 'text', text: wordsOf([piece]) };
  });
  const [only] = parts;
  return parts.length === 1 && only?.type === 'text' ? only.text : parts;
}
