import type { ModelUsage } from '@master-orchestrator/contracts';

/** A time span for people: `0.4 ms`, `250 ms`, `12.3 s`, `4 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min ${seconds % 60} s`;
}

/** Tokens in and out: `120 + 8 tokens`, with a mark where they are estimated. */
export function tokens({ inputTokens, outputTokens, isEstimated }: ModelUsage): string {
  return `${inputTokens} + ${outputTokens} tokens${isEstimated === true ? ' (estimated)' : ''}`;
}

/** Money in US dollars; a cost that is not known is said to be so, never shown as nothing. */
export function cost(costUsd: number | undefined): string {
  if (costUsd === undefined) return 'cost unknown';
  return `$${costUsd.toFixed(costUsd > 0 && costUsd < 0.01 ? 6 : 4)}`;
}

/** How long ago a moment was: `just now`, `5 min ago`, `2026-03-04 10:20`. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1_000);
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** The beginning of a text, on one line. */
export function excerpt(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, Math.max(0, length - 1))}…`;
}

/** `1 task`, `2 tasks`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
