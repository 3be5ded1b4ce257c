export { READ_TOOL_RESULT, ToolRegistry, type RunApproval, type ToolsQuery } from './tool-registry.js';
export type {
  PluginToolPermissions,
  RegistryEvent,
  RegistryLimits,
  ToolRegistryOptions,
} from './tool-registry-options.js';
export type {
  ExecuteOptions,
  PreparedCall,
  PrepareRequest,
  ReadyCall,
  RefusedCall,
  RunOptions,
  ToolCallResult,
} from './tool-call.js';
export type {
  ArgumentRule,
  GrantConstraints,
  GrantRecord,
  GrantRequest,
  GrantSubject,
  ToolAgent,
  ToolDecision,
} from './tool-grant.js';
export type { AvailableTool, ToolSummary } from './tool-summary.js';
export type { DecisionPage, DecisionQuery } from './internal/decision-log.js';
export type { RevokeRequest } from './internal/grant-book.js';
export type { ToolStatistics } from './internal/call-statistics.js';
export { createToolEnv, type ToolEnvOptions } from './tool-env.js';
export { bindTools, TOOL_REGISTRY } from './bind-tools.js';
export { canonicalJson } from './internal/canonical-json.js';
export { modelToolSpec, strictForm } from './internal/model-tool-spec.js';
export { createToolFetch, type ToolFetchOptions } from './tool-fetch.js';
export { createToolFiles, type ToolFilesOptions, type ToolFilesPolicy } from './tool-files.js';
export { tool, toolsOf, type ToolDecorator, type ToolDecoratorOptions } from './tool-decorator.js';
export { fitUserContext, readUserContext, type UserContextFit } from './user-context.js';
export { toolFromFunction, type FunctionToolOptions } from './tool-from-function.js';
