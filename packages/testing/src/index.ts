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
export { countingClock, type CountingClock } from './counting-clock.js';
export { virtualClock, type VirtualClock } from './virtual-clock.js';
export { seededIds, seededRandom } from './seeded.js';
export { recordEvents, type EventRecording, type EventSource } from './record-events.js';
export { callTool } from './tool-context/call-tool.js';
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
export { checkId, runChecks, type Check, type CheckReport, type RunChecksOptions } from './conformance/check.js';
export { describeChecks } from './conformance/describe-checks.js';
export { argumentsArbitrary } from './conformance/schema-arbitrary.js';
export { hostileArguments } from './conformance/hostile-arguments.js';
export { pluginFactChecks, type PluginCheckOptions, type PluginSource } from './conformance/plugin-facts.js';
export { describeToolPlugin, toolPluginChecks, type ToolCheckOptions } from './conformance/tool-checks.js';
export { describeEngine } from './engine-suite/describe-engine.js';
export type { EngineCheck, EngineSubject, EngineSuiteOptions } from './engine-suite/engine-check.js';
export { ENGINE_CHECKS } from './engine-suite/engine-checks.js';
export { EngineLab } from './engine-suite/engine-lab.js';
export { runEngineCheck, type EngineCheckOutcome } from './engine-suite/run-engine-check.js';
export { runEngineWorker } from './engine-suite/engine-worker.js';
export { runCrashPoints, type CrashReport, type CrashRunOptions } from './engine-suite/crash-run.js';
export {
  describeTemplatePlugin,
  templatePluginChecks,
  type TemplateCheckOptions,
} from './conformance/template-checks.js';
export {
  describeRecoveryPlugin,
  recoveryPluginChecks,
  type RecoveryCheckOptions,
} from './conformance/recovery-checks.js';
export { errorArbitrary, failureArbitrary } from './conformance/failure-arbitrary.js';
export { describeModelPlugin, modelPluginChecks, type ModelCheckOptions } from './conformance/model-checks.js';
export type { CreateModel, ModelPlace } from './conformance/model-trial.js';
export { recordCassette, type CassetteRecording, type RecordCassetteOptions } from './cassette/record-cassette.js';
export { replayCassette, type CassetteReplay, type ReplayCassetteOptions } from './cassette/replay-cassette.js';
export { firstDifference, showDifference, type Difference } from './cassette/first-difference.js';
export { pluginChecks, type PluginChecksOptions } from './conformance/plugin-checks.js';
