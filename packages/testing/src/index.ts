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
export {
  scriptedModel,
  type ModelStep,
  type ModelStepFunction,
  type ScriptedModel,
  type ScriptedModelOptions,
} from './scripted-model.js';
export type { ModelAnswer } from './model-answer.js';
export { virtualClock, type VirtualClock } from './virtual-clock.js';
export { seededIds, seededRandom } from './seeded.js';
export { recordEvents, type EventRecording, type EventSource } from './record-events.js';
export { testToolContext, type LogLine, type TestToolContext } from './tool-context/test-tool-context.js';
export {
  chatChunkSchema,
  chatCompletionSchema,
  errorBodySchema,
  responseEventSchema,
  responseSchema,
} from './openai-server/answer-schemas.js';
export { FAULT_KINDS, type FaultKind } from './fault-kinds.js';
export { faultPlan, type FaultPlan, type FaultRule } from './fault-plan.js';
export { startFault, type FaultEndpoint, type StartFaultOptions } from './start-fault.js';
export { selfSignedCertificate, type SelfSigned } from './tls/self-signed-certificate.js';
export { startSelfSignedServer, type SelfSignedServer } from './tls/self-signed-server.js';
