import type { ContentPart, MessageItem } from '@master-orchestrator/contracts';
import { z } from 'zod';

const textPart = z.looseObject({ type: z.literal('text'), text: z.string() });
const imagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({ url: z.string().min(1), detail: z.enum(['low', 'high', 'auto']).optional() }),
});
const filePart = z.looseObject({
  type: z.literal('file'),
  file: z.looseObject({
    filename: z.string().optional(),
    file_data: z.string().optional(),
    file_id: z.string().optional(),
  }),
});
const refusalPart = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });
const text = z.union([z.string(), z.array(textPart)]);

/** A message of `/v1/chat/completions`. */
export const chatMessageSchema = z.union([
  z.looseObject({ role: z.enum(['system', 'developer']), content: text }),
  z.looseObject({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.union([textPart, imagePart, filePart])).min(1)]),
  }),
  z.looseObject({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(z.union([textPart, refusalPart]))]).nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(z.unknown()).nullish(),
  }),
]);

type ChatMessage = z.output<typeof chatMessageSchema>;

/** The messages in the orchestrator's form. */
export function messagesOfChat(messages: readonly ChatMessage[]): MessageItem[] {
  return messages.flatMap((message): MessageItem[] => {
    if (message.role === 'assistant') {
      const content = wordsOf(message.content ?? '');
      const refusal = message.refusal ?? undefined;
      if (content === '' && refusal === undefined) return [];
      return [{ type: 'message', role: 'assistant', content, ...(refusal === undefined ? {} : { refusal }) }];
    }
    if (message.role === 'user') return [{ type: 'message', role: 'user', content: contentOf(message.content) }];
    return [{ type: 'message', role: 'system', content: wordsOf(message.content) }];
  });
}

function wordsOf(content: string | readonly { readonly [key: string]: unknown }[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part['type'] === 'refusal' ? part['refusal'] : part['text'])).join('');
}

type UserContent = Extract<ChatMessage, { role: 'user' }>['content'];

function contentOf(content: UserContent): string | ContentPart[] {
  if (typeof content === 'string') return content;
  return content.map((part): ContentPart => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    if (part.type === 'image_url') {
      const { url, detail } = part.image_url;
      return { type: 'image', url, ...(detail === undefined ? {} : { detail }) };
    }
    return fileOf(part.file.filename, part.file.file_data, part.file.file_id);
  });
}

/** A file by its content or its id. */
export function fileOf(name = 'file', data?: string, fileId?: string | null): ContentPart {
  return {
    type: 'file',
    name,
    ...(data === undefined ? {} : { data }),
    ...(fileId === undefined || fileId === null ? {} : { fileId }),
  };
}
