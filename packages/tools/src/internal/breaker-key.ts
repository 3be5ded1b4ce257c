import type { ReadyToolCall } from './ready-tool-call.js';

/**
 * Key of the breaker of a call: `tool:<name>`; for tools of the web the origin of their `url` argument is added, so
 * that one dead host does not stop calls to others.
 */
export function breakerKeyOf(call: ReadyToolCall): string {
  const { name, category } = call.tool;
  if (category !== 'web_services') return `tool:${name}`;
  const { url } = call.arguments;
  return typeof url === 'string' && URL.canParse(url) ? `tool:${name}:${new URL(url).origin}` : `tool:${name}`;
}
