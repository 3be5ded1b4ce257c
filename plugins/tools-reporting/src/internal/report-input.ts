import { z } from 'zod';

/** Formats that a report can have. */
export const REPORT_FORMATS = ['markdown', 'html', 'json'] as const;

/** One of {@link REPORT_FORMATS}. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Kinds of chart. */
export const CHART_TYPES = ['bar', 'line', 'scatter', 'histogram', 'box'] as const;

const LONGEST_TEXT = 100_000;
const cell = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]);
const numbers = z.array(z.union([z.number(), z.null()])).max(100_000);

const chartSchema = z.object({
  type: z.enum(CHART_TYPES).describe('Kind of chart.'),
  title: z.string().max(300).optional().describe('Title above the chart.'),
  values: numbers.optional().describe('The numbers to draw. Default: the data of the report.'),
  labels: z
    .array(z.string().max(300))
    .max(10_000)
    .optional()
    .describe('A word for each value, for bar and line charts.'),
  series: z
    .array(z.object({ name: z.string().max(300), values: numbers }))
    .max(20)
    .optional()
    .describe('Several named rows of numbers in place of values. A scatter chart draws the second over the first.'),
  xLabel: z.string().max(300).optional().describe('What the horizontal axis shows.'),
  yLabel: z.string().max(300).optional().describe('What the vertical axis shows.'),
});

const tableSchema = z.object({
  caption: z.string().max(300).optional().describe('Title of the table.'),
  columns: z.array(z.string().max(300)).max(100).optional().describe('Names of the columns.'),
  rows: z
    .array(z.union([z.array(cell).max(100), z.record(z.string(), cell)]))
    .max(5_000)
    .describe('Rows: lists of cells in the order of columns, or objects by column name.'),
});

/** Accepts any value; a JSON Schema says what is useful, so that a model fills it well. */
const metricsSchema = z.unknown().meta({
  description:
    'Figures to show: the whole result of calculate_metrics, or an object such as {"mean": 3, "median": 2}, ' +
    'or an object of such objects by column.',
  type: 'object',
});
const dataSchema = z.unknown().meta({
  description:
    'The numbers the report is about; they are plotted: a list [1, 2, 3], an object of lists ' +
    '{"height": [1, 2], "weight": [3, 4]}, or a list of rows [{"height": 1, "weight": 3}].',
  anyOf: [
    { type: 'array', items: { type: ['number', 'null'] } },
    { type: 'object', additionalProperties: { type: 'array' } },
    { type: 'array', items: { type: 'object' } },
  ],
});

const sectionSchema = z.object({
  heading: z.string().min(1).max(300).describe('Heading of the section.'),
  text: z.string().max(LONGEST_TEXT).optional().describe('Text of the section, as Markdown.'),
  table: tableSchema.optional().describe('A table below the text.'),
  chart: chartSchema.optional().describe('A chart below the table.'),
  metrics: metricsSchema.optional(),
});

/** One section as given. */
export type SectionInput = z.output<typeof sectionSchema>;

/** One chart as given. */
export type ChartInput = z.output<typeof chartSchema>;

/** One table as given. */
export type TableInput = z.output<typeof tableSchema>;

/** Arguments of `generate_report`. */
export const reportInputSchema = z.object({
  title: z.string().min(1).max(300).describe('Title of the report.'),
  summary: z
    .string()
    .max(LONGEST_TEXT)
    .optional()
    .describe('The findings in a few sentences, as Markdown. Default: made from the metrics.'),
  metrics: metricsSchema.optional(),
  data: dataSchema.optional(),
  sections: z
    .array(sectionSchema)
    .max(100)
    .optional()
    .describe('Sections of your own. Key figures and charts of metrics and data are added without them.'),
  format: z
    .union([z.enum(REPORT_FORMATS), z.array(z.enum(REPORT_FORMATS)).min(1).max(3)])
    .optional()
    .describe('One format or several. Default: markdown and html.'),
});

/** Arguments of `generate_report`, checked. */
export type ReportInput = z.output<typeof reportInputSchema>;
