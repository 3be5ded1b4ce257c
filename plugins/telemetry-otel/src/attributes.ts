import type { EventOf, ModelUsage } from '@master-orchestrator/contracts';
import type { Attributes } from '@opentelemetry/api';

// Names of the OpenTelemetry semantic conventions for generative AI (docs/gen-ai: spans, agent spans); what they do not
// know stands under `mao.`.

/** Attributes of a span over the work of an agent. */
export function agentAttributes(about: {
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
  readonly taskId: string;
}): Attributes {
  return {
    'gen_ai.operation.name': 'invoke_agent',
    ...known('gen_ai.agent.id', about.agentId),
    ...known('gen_ai.agent.name', about.agentName),
    'mao.task.id': about.taskId,
  };
}

/** Provider and model of a label such as `openai:gpt-5`. */
export function modelAttributes(label: string): Attributes {
  const colon = label.indexOf(':');
  return colon < 1
    ? { 'gen_ai.provider.name': 'unknown', 'gen_ai.request.model': label }
    : { 'gen_ai.provider.name': label.slice(0, colon), 'gen_ai.request.model': label.slice(colon + 1) };
}

/** Model of a label, without its provider. */
export function modelName(label: string): string {
  return String(modelAttributes(label)['gen_ai.request.model']);
}

/** Attributes of a span over one attempt of a model call, when it begins. */
export function chatAttributes({ model, turn, attempt }: EventOf<'model-call-start'>['data']): Attributes {
  return { 'gen_ai.operation.name': 'chat', ...modelAttributes(model), 'mao.turn': turn, 'mao.attempt': attempt };
}

/** What the end of a model call tells. */
export function chatEndAttributes({ finish, usage, costUsd }: EventOf<'model-call-end'>['data']): Attributes {
  return {
    ...(finish === undefined ? {} : { 'gen_ai.response.finish_reasons': [finish] }),
    ...(usage === undefined ? {} : usageAttributes(usage)),
    ...known('mao.cost_usd', costUsd),
  };
}

/** Attributes of a span over a tool call. */
export function toolAttributes({ tool, callId, turn }: { tool: string; callId: string; turn: number }): Attributes {
  return {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
    'gen_ai.tool.type': 'function',
    'gen_ai.tool.call.id': callId,
    'mao.turn': turn,
  };
}

/** Tokens. */
export function usageAttributes(usage: ModelUsage): Attributes {
  return {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    ...(usage.cachedInputTokens > 0 ? { 'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens } : {}),
    ...(usage.reasoningTokens > 0 ? { 'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens } : {}),
  };
}

function known(name: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [name]: value };
}
