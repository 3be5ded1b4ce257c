import { defineTool, type Tool } from '@master-orchestrator/contracts';
import { z } from 'zod';

/** Where meanings come from: a file, a database, a service. */
export type LookUp = (term: string, signal: AbortSignal) => Promise<string | undefined>;

/** The tool `look_up_term`. What `lookUp` throws is classified by the host. */
export function lookUpTermTool(lookUp: LookUp): Tool<{ term: string }, { term: string; meaning: string | null }> {
  return defineTool({
    name: 'look_up_term',
    description: 'Looks up what a term means in the glossary of the house. meaning is null where it has no entry.',
    category: 'custom',
    accessLevel: 'public',
    effect: 'idempotent',
    inputSchema: z.object({ term: z.string().min(1).max(100).describe('The term, as it stands in the text.') }),
    outputSchema: z.object({ term: z.string(), meaning: z.string().nullable() }),
    limits: { timeoutMs: 5_000, concurrent: 4 },
    execute: async ({ term }, { signal }) => ({ term, meaning: (await lookUp(term, signal)) ?? null }),
  });
}
