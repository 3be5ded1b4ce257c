import type { WireApi } from '../wire/wire-api.js';
import { chatAnswer } from './chat-answer.js';
import { chatBody } from './chat-request.js';
import { ChatAssembler } from './chat-stream.js';

/** OpenAI's Chat Completions, the format that compatible servers speak. */
export const chatApi: WireApi = {
  api: 'chat',
  buildBody: chatBody,
  readBody: chatAnswer,
  assemble: (context) => new ChatAssembler(context),
};
