import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { ToolFailedError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { version } from './version.js';

/** Options of {@link {{camel}}ToolsPlugin}. */
export interface {{pascal}}ToolsPluginOptions {
  /** Root URL of the service, with a slash at the end. */ readonly baseUrl: string;
  /** Time for one request, in milliseconds. @default 5_000 */ readonly timeoutMs?: number;
}

const answerSchema = z.object({ text: z.string() });

/** Adds the tool `{{snake}}_lookup`. Opens no connection before the first call. */
export function {{camel}}ToolsPlugin({ baseUrl, timeoutMs = 5_000 }: {{pascal}}ToolsPluginOptions): PluginV1 {
  const lookup = defineTool({
    name: '{{snake}}_lookup',
    description: 'Looks a name up in {{pascal}} and gives what is known of it.',
    category: 'web_services',
    accessLevel: 'restricted', // an agent needs a grant
    effect: 'idempotent', // asking twice changes nothing
    inputSchema: z.object({ name: z.string().min(1).max(200).describe('What to look up.') }),
    outputSchema: answerSchema,
    limits: { timeoutMs: timeoutMs + 1_000 },
    async execute({ name }, { fetch, signal }) {
      const url = new URL(encodeURIComponent(name), baseUrl);
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
      if (!response.ok) throw ToolFailedError.fromStatus('{{snake}}_lookup', response.status);
      return answerSchema.parse(await response.json());
    },
  });
  return {
    specificationVersion: 'v1',
    name: '{{package}}',
    version,
    permissions: ['net'],
    contributes: { tools: [lookup] },
  };
}
