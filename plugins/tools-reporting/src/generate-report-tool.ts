import { defineTool, type AnyTool, type ToolContext } from '@master-orchestrator/contracts';
import { z } from 'zod';
import type { RenderedReport } from './internal/render-report.js';
import { reportInputSchema, type ReportFormat } from './internal/report-input.js';

/** How reports are made and where they go. */
export interface ReportSettings {
  readonly outputDir: string | undefined;
  readonly formats: readonly ReportFormat[];
  readonly maxBytes: number;
}

const outputSchema = z.object({
  title: z.string(),
  summary: z.string().describe('What the report says, in a few sentences.'),
  files: z
    .array(z.object({ path: z.string(), mediaType: z.string(), bytes: z.int() }))
    .optional()
    .describe('Files that were written.'),
  formats: z
    .object({ markdown: z.string().optional(), html: z.string().optional(), json: z.unknown().optional() })
    .describe('The report in each format.'),
});

type ReportResult = z.output<typeof outputSchema>;

/** Makes the tool `generate_report`. */
export function generateReportTool(settings: ReportSettings): AnyTool {
  const isWriting = settings.outputDir !== undefined;
  const ending = isWriting ? ' The files are written to the report folder; their paths are in the answer.' : '';
  return defineTool({
    name: 'generate_report',
    description:
      'Writes a report in Markdown, HTML (with charts) or JSON. Pass title, metrics (the result of calculate_metrics) and ' +
      `data (the numbers): key figures, tables and plots are made from them. Sections of your own are optional.${ending}`,
    category: 'reporting',
    accessLevel: isWriting ? 'restricted' : 'public',
    effect: isWriting ? 'idempotent' : 'pure',
    inputSchema: reportInputSchema,
    outputSchema,
    async execute(input, context): Promise<ReportResult> {
      const { renderReport } = await import('./internal/render-report.js');
      const wanted = input.format ?? settings.formats;
      const rendered = renderReport(input, new Set(typeof wanted === 'string' ? [wanted] : wanted), settings.maxBytes);
      context.signal.throwIfAborted();
      const files =
        settings.outputDir === undefined ? undefined : await writeFiles(rendered, settings.outputDir, context);
      const { markdown, html, json } = rendered;
      return {
        title: input.title,
        summary: rendered.summary,
        ...(files === undefined ? {} : { files }),
        formats: {
          ...(markdown === undefined ? {} : { markdown }),
          ...(html === undefined ? {} : { html }),
          ...(json === undefined ? {} : { json }),
        },
      };
    },
  });
}

async function writeFiles(
  { fileName, markdown, html, json }: RenderedReport,
  outputDir: string,
  context: ToolContext,
): Promise<NonNullable<ReportResult['files']>> {
  const folder = context.files.within(outputDir, { create: true });
  const contents = [
    { ending: 'md', mediaType: 'text/markdown', content: markdown },
    { ending: 'html', mediaType: 'text/html', content: html },
    {
      ending: 'json',
      mediaType: 'application/json',
      content: json === undefined ? undefined : `${JSON.stringify(json, undefined, 2)}\n`,
    },
  ];
  const written: NonNullable<ReportResult['files']> = [];
  for (const { ending, mediaType, content } of contents) {
    if (content === undefined) continue;
    const { path, bytes } = await folder.write(`${fileName}.${ending}`, content, {
      overwrite: true,
      signal: context.signal,
    });
    written.push({ path, mediaType, bytes });
    context.progress({ file: path, mediaType, bytes });
  }
  return written;
}
