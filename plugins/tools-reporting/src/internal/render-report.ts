import type { Json } from '@master-orchestrator/errors';
import { buildReport } from './build-report.js';
import { tooLarge } from './faults.js';
import { fileNameOf } from './file-name.js';
import { renderHtml } from './html/render-html.js';
import { renderMarkdown } from './markdown/render-markdown.js';
import { readData } from './read-data.js';
import { readMetrics } from './read-metrics.js';
import type { ReportFormat, ReportInput } from './report-input.js';
import type { Block, Report } from './report-model.js';
import { figuresOf } from './figures-of-data.js';
import { summaryOf } from './summary.js';

/** A report in the wanted formats. */
export interface RenderedReport {
  /** What was reported, in a few sentences. */ readonly summary: string;
  /** For files, without ending. */ readonly fileName: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly json?: Json;
}

/**
 * Builds and writes a report.
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID when there is nothing to report; RESPONSE_TOO_LARGE when the
 *   formats together have more than `maxBytes`.
 */
export function renderReport(input: ReportInput, formats: ReadonlySet<ReportFormat>, maxBytes: number): RenderedReport {
  const report = buildReport(input);
  const json = JSON.parse(JSON.stringify(report)) as Json;
  const texts = {
    ...(formats.has('markdown') ? { markdown: renderMarkdown(report) } : {}),
    ...(formats.has('html') ? { html: renderHtml(report) } : {}),
  };
  const serialized = JSON.stringify(json);
  const bytes = [...Object.values(texts), ...(formats.has('json') ? [serialized] : [])]
    .map((text) => Buffer.byteLength(text))
    .reduce((sum, size) => sum + size, 0);
  if (bytes > maxBytes) {
    throw tooLarge(
      `The report has ${bytes} bytes in ${[...formats].join(', ')}; the limit is ${maxBytes}. Report less data, or ask for one format.`,
      {
        bytes,
        maxBytes,
      },
    );
  }
  return {
    summary: `${headline(report)} ${figuresInWords(input)}`.trim(),
    fileName: fileNameOf(report.title, serialized),
    ...texts,
    ...(formats.has('json') ? { json } : {}),
  };
}

function headline({ title, sections }: Report): string {
  const count = (kind: Block['kind']): number =>
    sections.reduce((sum, { blocks }) => sum + blocks.filter((block) => block.kind === kind).length, 0);
  return `Report "${title}": ${plural(sections.length, 'section')}, ${plural(count('table'), 'table')}, ${plural(count('chart'), 'chart')}.`;
}

function figuresInWords(input: ReportInput): string {
  const metrics = readMetrics(input.metrics);
  if (metrics.columns.length > 0) return summaryOf(metrics);
  return summaryOf({ columns: readData(input.data).series.map(figuresOf), lines: [] });
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
