import { assertNever } from '@master-orchestrator/contracts';
import { chartTable } from '../chart-table.js';
import { escapeMarkdown } from '../escape.js';
import { formatCell, isNumericColumn } from '../format-number.js';
import type { Block, Cell, Chart, Report, Table } from '../report-model.js';
import { safeMarkdown } from './safe-markdown.js';
import { hasShortTable, textPlot } from './text-plots.js';

/** CommonMark with tables; charts are drawn in characters, since Markdown has no pictures of its own. */
export function renderMarkdown(report: Report): string {
  const parts = [`# ${escapeMarkdown(report.title)}`];
  if (report.summary !== undefined) parts.push(safeMarkdown(report.summary));
  for (const { heading, blocks } of report.sections) {
    parts.push(`## ${escapeMarkdown(heading)}`, ...blocks.flatMap(blockMarkdown));
  }
  return `${parts.join('\n\n')}\n`;
}

function blockMarkdown(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [safeMarkdown(block.text)];
    case 'figures':
      return [
        block.figures.map(({ label, value }) => `**${escapeMarkdown(label)}:** ${cellMarkdown(value)}`).join(' · '),
      ];
    case 'table':
      return tableMarkdown(block.table);
    case 'chart':
      return chartMarkdown(block.chart);
    default:
      return assertNever(block);
  }
}

function chartMarkdown(chart: Chart): readonly string[] {
  const plot = textPlot(chart);
  const parts = [`**${escapeMarkdown(chart.title)}**`];
  if (plot !== undefined) parts.push(`\`\`\`text\n${plot}\n\`\`\``);
  parts.push(escapeMarkdown(chart.description));
  if (plot === undefined && hasShortTable(chart)) parts.push(...tableMarkdown(chartTable(chart)));
  return parts;
}

function tableMarkdown({ caption, columns, rows }: Table): readonly string[] {
  const isNumeric = columns.map((_, index) => isNumericColumn(rows, index));
  const table = [
    rowOf(columns.map((name) => escapeMarkdown(name) || ' ')),
    rowOf(isNumeric.map((numeric) => (numeric ? '---:' : '---'))),
    ...rows.map((row) => rowOf(row.map(cellMarkdown))),
  ].join('\n');
  return caption === undefined ? [table] : [`**${escapeMarkdown(caption)}**`, table];
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellMarkdown(cell: Cell): string {
  return typeof cell === 'string' ? escapeMarkdown(cell) || ' ' : formatCell(cell);
}
