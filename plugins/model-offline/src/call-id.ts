import { createHash } from 'node:crypto';
import type { ModelItem } from '@master-orchestrator/contracts';

/** An id made from where the call stands and what it is: equal requests give equal ids, no two calls share one. */
export function callIdOf(items: readonly ModelItem[], position: number, name: string, args: string): string {
  const earlier = items.filter((item) => item.type === 'tool-call').length;
  const hash = createHash('sha256').update(`${items.length}\n${earlier}\n${position}\n${name}\n${args}`).digest('hex');
  return `call_${hash.slice(0, 24)}`;
}
