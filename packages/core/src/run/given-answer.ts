import { NO_USAGE, type ModelResponse } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

/** An answer that no model gave: of a person, or declared. */
export function answerOf(text: string): ModelResponse {
  return {
    items: [{ type: 'message', role: 'assistant', content: text }],
    usage: NO_USAGE,
    finish: 'stop',
  };
}

/** A value as a text. */
export function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
