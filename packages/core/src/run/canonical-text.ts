import type { Json } from '@master-orchestrator/errors';
import { canonicalJson } from '@master-orchestrator/tools';

/** Canonical form of a text that should be JSON; as it stands, without space around it, where it is none. */
export function canonicalText(text: string): string {
  try {
    return canonicalJson(JSON.parse(text) as Json);
  } catch {
    return text.trim();
  }
}
