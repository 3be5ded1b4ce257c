import { createHash } from 'node:crypto';
import { assertNever } from '@master-orchestrator/contracts';
import MarkdownIt, { type MarkdownIt as Renderer } from 'markdown-it';
import { drawChart } from '../charts/draw-chart.js';
import { isDrawable } from '../charts/is-drawable.js';
import { chartTable } from '../chart-table.js';
import { escapeHtml, wellFormed } from '../escape.js';
import { formatCell, isNumericColumn } from '../format-number.js';
import type { Block, Chart, Figure, Report, Section, Table } from '../report-model.js';
import { STYLES } from './styles.js';

/**
 * One HTML page that needs nothing else: no script, no image, no request. A policy in its head forbids all of them
 * and allows only its own style sheet, by hash.
 */
export function renderHtml(report: Report): string {
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLES).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  const summary = report.summary === undefined ? '' : `<div class="summary">\n${markdown(report.summary)}</div>\n`;
  let charts = 0;
  const nextId = (): string => `chart-${(charts += 1)}`;
  const sections = report.sections.map((section) => sectionHtml(section, nextId)).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(report.title)}</title>
<style>${STYLES}</style>
</head>
<body>
<main>
<h1>${escapeHtml(report.title)}</h1>
${summary}${sections}</main>
</body>
</html>
`;
}

function sectionHtml({ heading, blocks }: Section, nextId: () => string): string {
  const parts = blocks.map((block) => blockHtml(block, nextId));
  return `<section>\n<h2>${escapeHtml(heading)}</h2>\n${parts.join('\n')}\n</section>\n`;
}

function blockHtml(block: Block, nextId: () => string): string {
  switch (block.kind) {
    case 'text':
      return `<div class="text">\n${markdown(block.text)}</div>`;
    case 'figures':
      return figuresHtml(block.figures);
    case 'table':
      return tableHtml(block.table);
    case 'chart':
      return chartHtml(block.chart, nextId());
    default:
      return assertNever(block);
  }
}

function figuresHtml(figures: readonly Figure[]): string {
  const items = figures.map(
    ({ label, value }) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(formatCell(value))}</dd></div>`,
  );
  return `<dl class="figures">${items.join('')}</dl>`;
}

function chartHtml(chart: Chart, id: string): string {
  const table = tableHtml(chartTable(chart));
  return `<figure>
<figcaption>${escapeHtml(chart.title)}</figcaption>
${isDrawable(chart) ? drawChart(chart, id) : '<p>The numbers lie too far apart to be drawn.</p>'}
<details><summary>Data of this chart</summary>
<p>${escapeHtml(chart.description)}</p>
${table}
</details>
</figure>`;
}

function tableHtml({ caption, columns, rows }: Table): string {
  const isNumeric = columns.map((_, index) => isNumericColumn(rows, index));
  const attribute = (index: number): string => (isNumeric[index] === true ? ' class="number"' : '');
  const head = columns.map((name, index) => `<th scope="col"${attribute(index)}>${escapeHtml(name)}</th>`).join('');
  const body = rows.map((row) => {
    const cells = row.map((cell, index) => {
      const text = escapeHtml(formatCell(cell));
      return index === 0 && isNumeric[0] !== true
        ? `<th scope="row">${text}</th>`
        : `<td${attribute(index)}>${text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const title = caption === undefined ? '' : `<caption>${escapeHtml(caption)}</caption>`;
  return `<div class="wide"><table>${title}<thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

/** Markdown without raw HTML and without images: nothing is loaded, nothing runs. Unsafe links stay text. */
function markdown(text: string): string {
  return RENDERER.render(wellFormed(text));
}

const RENDERER = rendererOfText();

function rendererOfText(): Renderer {
  const markdownIt = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');
  markdownIt.renderer.rules['link_open'] = (tokens, index, options, _environment, self) => {
    tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow');
    return self.renderToken(tokens, index, options);
  };
  return markdownIt;
}
