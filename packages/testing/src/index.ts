export { startOpenAIServer, type OpenAIServer, type OpenAIServerOptions } from './openai-server/openai-server.js';
export type {
  AnswerScript,
  RecordedRequest,
  ScriptedAnswer,
  ScriptedToolCall,
  WireApi,
} from './openai-server/scripted-answer.js';
export type { ErrorShape, Fault, FaultMoment, WireError, WireVariation } from './openai-server/fault.js';
export type { AnnouncedLimitOptions } from './openai-server/announced-limit.js';
export { wordError, type ErrorAnswer } from './openai-server/error-bodies.js';
export {
  chatRequestSchema,
  responsesRequestSchema,
  type ChatRequest,
  type ResponsesRequest,
} from './openai-server/request-schemas.js';
export { refusedOrigin, startJsonServer, type JsonAnswer, type JsonRequest, type JsonServer } from './json-server.js';
