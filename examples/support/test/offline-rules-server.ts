import type { ContentPart, ModelItem, ModelProvider, ModelRequest, ToolChoice } from '@master-orchestrator/contracts';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import {
  chatRequestSchema,
  startOpenAIServer,
  type ChatRequest,
  type OpenAIServer,
  type ScriptedAnswer,
} from '@master-orchestrator/testing';

/** An OpenAI-compatible server on loopback that answers Chat Completions by the rules of the offline model. */
export function startOfflineRulesServer(): Promise<OpenAIServer> {
  const [rules] = offlineModelPlugin().contributes.models ?? [];
  if (rules === undefined) throw new Error('The offline plugin brings no model.');
  return startOpenAIServer({ script: ({ body }) => answerOf(rules, chatRequestSchema.parse(body)) });
}

async function answerOf(rules: ModelProvider, chat: ChatRequest): Promise<ScriptedAnswer> {
  const { items, finish, usage } = await rules.respond(requestOf(chat), { signal: new AbortController().signal });
  const toolCalls = items.flatMap((item) => (item.type === 'tool-call' ? [item] : []));
  const message = items.find((item) => item.type === 'message');
  return {
    finish,
    usage,
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(typeof message?.content === 'string' && message.content !== '' ? { text: message.content } : {}),
    ...(message?.refusal === undefined ? {} : { refusal: message.refusal }),
  };
}

/** A request of Chat Completions in the words of the contract. */
function requestOf(chat: ChatRequest): ModelRequest {
  const [first, ...others] = chat.messages;
  const isInstructed = first?.role === 'system' || first?.role === 'developer';
  const messages = isInstructed ? others : chat.messages;
  const names = new Map(callsOf(chat).map((call) => [call.id, call.function.name]));
  const { response_format: format, parallel_tool_calls: parallelToolCalls } = chat;
  return {
    model: chat.model,
    ...(isInstructed ? { instructions: wordsOf(first.content) } : {}),
    items: messages.flatMap((message) => itemsOf(message, names)),
    tools: (chat.tools ?? []).map(({ function: { name, description = '', parameters = {}, strict } }) => ({
      name,
      description,
      parameters: parameters as ModelRequest['tools'][number]['parameters'],
      isStrict: strict === true,
    })),
    toolChoice: choiceOf(chat.tool_choice),
    ...(format?.type === 'json_schema'
      ? {
          outputSchema: {
            name: format.json_schema.name,
            schema: (format.json_schema.schema ?? {}) as NonNullable<ModelRequest['outputSchema']>['schema'],
            isStrict: format.json_schema.strict === true,
          },
        }
      : {}),
    settings: parallelToolCalls === undefined ? {} : { parallelToolCalls },
  };
}

type ChatMessage = ChatRequest['messages'][number];

const callsOf = ({ messages }: ChatRequest) =>
  messages.flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []));

function itemsOf(message: ChatMessage, names: ReadonlyMap<string, string>): ModelItem[] {
  switch (message.role) {
    case 'system':
    case 'developer':
      return [{ type: 'message', role: 'system', content: wordsOf(message.content) }];
    case 'user':
      return [{ type: 'message', role: 'user', content: userContent(message.content) }];
    case 'tool': {
      const callId = message.tool_call_id;
      const output = wordsOf(message.content);
      return [{ type: 'tool-result', callId, name: names.get(callId) ?? '', output }];
    }
    case 'assistant':
      return [
        ...(message.content == null && message.refusal == null ? [] : [answerItem(message)]),
        ...(message.tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => ({
          type: 'tool-call' as const,
          callId: id,
          name,
          arguments: text,
        })),
      ];
  }
}

function answerItem({ content, refusal }: Extract<ChatMessage, { role: 'assistant' }>): ModelItem {
  const words = content == null ? '' : wordsOf(content);
  return { type: 'message', role: 'assistant', content: words, ...(refusal == null ? {} : { refusal }) };
}

function userContent(content: Extract<ChatMessage, { role: 'user' }>['content']): string | ContentPart[] {
  if (typeof content === 'string') return content;
  return content.map((part): ContentPart => {
    if (part.type === 'text') return part;
    if (part.type === 'image_url') return { type: 'image', url: part.image_url.url };
    const { filename = '', file_data: data } = part.file;
    return { type: 'file', name: filename, ...(data === undefined ? {} : { data }) };
  });
}

function wordsOf(content: string | readonly ({ type: 'text'; text: string } | { type: 'refusal'; refusal: string })[]) {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : part.refusal)).join('\n');
}

function choiceOf(choice: ChatRequest['tool_choice']): ToolChoice {
  return typeof choice === 'object' ? { tool: choice.function.name } : (choice ?? 'auto');
}
