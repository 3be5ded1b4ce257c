import { classify } from '@master-orchestrator/errors';
import type { StreamMessage } from '../events/send-events.js';
import { messageOf, type ResponseObject } from './response-object.js';

/** Parts of a streamed response. */
export interface ResponseStreamParts {
  readonly taskId: string;
  readonly open: ResponseObject;
  readonly pieces: AsyncIterable<string>;
  /** The whole response. */ readonly done: Promise<ResponseObject>;
}

/** The events of a streamed response, in the order that OpenAI's clients expect. */
export async function* responseEvents(parts: ResponseStreamParts): AsyncGenerator<StreamMessage> {
  const { open, done } = parts;
  let sequence = 0;
  const event = (type: string, fields: object): StreamMessage => ({
    event: type,
    data: JSON.stringify({ type, sequence_number: sequence++, ...fields }),
  });
  yield event('response.created', { response: open });
  yield event('response.in_progress', { response: open });
  try {
    yield* textEvents(parts, event);
    const response = await done;
    yield event(response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', { response });
  } catch (thrown) {
    const { code, message } = classify(thrown);
    yield event('response.failed', { response: { ...open, status: 'failed', error: { code, message } } });
  }
}

async function* textEvents(
  { taskId, pieces }: ResponseStreamParts,
  event: (type: string, fields: object) => StreamMessage,
): AsyncGenerator<StreamMessage> {
  const item = { ...messageOf(taskId, '', 'in_progress'), content: [] };
  const place = { item_id: item.id, output_index: 0, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  yield event('response.output_item.added', { output_index: 0, item });
  yield event('response.content_part.added', { ...place, part });
  let text = '';
  for await (const delta of pieces) {
    text += delta;
    yield event('response.output_text.delta', { ...place, delta, logprobs: [] });
  }
  yield event('response.output_text.done', { ...place, text, logprobs: [] });
  yield event('response.content_part.done', { ...place, part: { ...part, text } });
  yield event('response.output_item.done', { output_index: 0, item: messageOf(taskId, text, 'completed') });
}
