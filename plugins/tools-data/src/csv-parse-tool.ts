import { setImmediate } from 'node:timers/promises';
import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { columnNames, isHeader, typedCell, typeOfColumn, type TypedCell } from './internal/csv-types.js';
import { invalid, tooLarge } from './internal/faults.js';
import type { DataLimits } from './internal/limits.js';

const outputSchema = z.object({
  columns: z
    .array(
      z.object({
        name: z.string(),
        type: z.enum(['number', 'boolean', 'text', 'empty']),
        missing: z.int().describe('Empty cells.'),
      }),
    )
    .describe('Names and types of the columns.'),
  rows: z.array(z.record(z.string(), z.unknown())).describe('One object for each row; null for an empty cell.'),
  rowCount: z.int().describe('Rows in the text, the header left out.'),
  hasHeader: z.boolean(),
  delimiter: z.string(),
});

/** Makes the tool `csv_parse`. */
export function csvParseTool(limits: DataLimits): AnyTool {
  return defineTool({
    name: 'csv_parse',
    description:
      'Reads CSV text (a table with commas, semicolons, tabs or bars) and returns its rows as objects. Finds delimiter and ' +
      'header by itself; columns that hold numbers only become numbers. The rows fit as data of calculate_metrics.',
    category: 'data_processing',
    accessLevel: 'public',
    effect: 'pure',
    inputSchema: z.object({
      text: z.string().describe('The CSV text to read, with its line breaks.'),
      delimiter: z.string().length(1).optional().describe('The character between cells. Default: found from the text.'),
      header: z.boolean().optional().describe('Whether the first row names the columns. Default: found from the text.'),
      firstRows: z.int().min(1).optional().describe('Return this many rows only. Default: all.'),
    }),
    outputSchema,
    async execute({ text, delimiter, header, firstRows }, { signal }): Promise<z.output<typeof outputSchema>> {
      const { readCsv } = await import('./internal/csv-reader.js');
      const { records, delimiter: found } = readCsv(text, { ...limits, delimiter: checkDelimiter(delimiter) });
      await breathe(signal);
      const hasHeader = header ?? isHeader(records);
      const [first = []] = records;
      const names = columnNames(hasHeader ? first : undefined, first.length);
      if (names.includes('__proto__')) throw invalid('A column is named "__proto__", which is refused. Rename it.');
      const body = hasHeader ? records.slice(1) : records;
      if (body.length > limits.maxRows) throw tooLarge(`The text has more than ${limits.maxRows} rows. Split it.`);
      const columns = names.map((name, index) => describeColumn(name, body, index));
      await breathe(signal);
      const rows = body.slice(0, firstRows).map((record) => rowOf(record, columns));
      checkSize(rows, limits.maxBytes);
      return { columns, rows, rowCount: body.length, hasHeader, delimiter: found };
    },
  });
}

/** Lets other work run between the parts. */
async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

type Column = z.output<typeof outputSchema>['columns'][number];

function checkDelimiter(delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || !/["\r\n]/.test(delimiter)) return delimiter;
  throw invalid('A quote or a line break cannot be the delimiter: name another character, or leave it out.');
}

function describeColumn(name: string, body: readonly (readonly string[])[], index: number): Column {
  const cells = body.map((record) => record[index] ?? '');
  return { name, type: typeOfColumn(cells), missing: cells.filter((cell) => cell.trim() === '').length };
}

function rowOf(record: readonly string[], columns: readonly Column[]): Record<string, TypedCell> {
  return Object.fromEntries(columns.map(({ name, type }, index) => [name, typedCell(record[index], type)]));
}

/** Names are repeated in each row: the answer is larger than the text. */
function checkSize(rows: readonly Record<string, TypedCell>[], maxBytes: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(rows));
  if (bytes <= maxBytes) return;
  throw tooLarge(
    `The rows have ${bytes} bytes as JSON; the limit is ${maxBytes}. Ask for fewer with firstRows, or split the text.`,
    {
      bytes,
      maxBytes,
    },
  );
}
