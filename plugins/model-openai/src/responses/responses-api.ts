import type { WireApi } from '../wire/wire-api.js';
import { responsesAnswer } from './responses-answer.js';
import { responsesBody } from './responses-request.js';
import { ResponsesAssembler } from './responses-stream.js';

/** OpenAI's Responses API. */
export const responsesApi: WireApi = {
  api: 'responses',
  buildBody: responsesBody,
  readBody: (body, context) => responsesAnswer(body, context),
  assemble: (context) => new ResponsesAssembler(context),
};
