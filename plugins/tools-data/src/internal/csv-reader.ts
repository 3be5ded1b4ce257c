import { parse, type CsvError } from 'csv-parse/sync';
import { checkBytes, invalid, tooLarge } from './faults.js';

/** How a CSV text is read. */
export interface CsvOptions {
  readonly maxBytes: number;
  readonly maxRows: number;
  readonly maxColumns: number;
  /** One character; found from the text where absent. */ readonly delimiter: string | undefined;
}

/** The cells of a CSV text; every row has as many cells as the first one, or fewer. */
export interface CsvRecords {
  readonly records: readonly (readonly string[])[];
  readonly delimiter: string;
}

const CANDIDATES = [',', ';', '\t', '|'];
const PREVIEW_RECORDS = 20;

/**
 * Splits a CSV text (RFC 4180; line ends LF, CRLF or CR) into cells.
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID, naming the line; RESPONSE_TOO_LARGE.
 */
export function readCsv(text: string, options: CsvOptions): CsvRecords {
  checkBytes(text, options.maxBytes, 'The text');
  const delimiter = options.delimiter ?? findDelimiter(text);
  const records = recordsOf(text, delimiter, options.maxRows + 2);
  if (records.length === 0) throw invalid('The text has no rows: line 1, column 1: expected CSV; found nothing.');
  if (records.length > options.maxRows + 1) {
    throw tooLarge(`The text has more than ${options.maxRows} rows. Split it, or keep the rows that matter.`);
  }
  checkWidths(records, options.maxColumns);
  return { records, delimiter };
}

function recordsOf(text: string, delimiter: string, to: number): readonly (readonly string[])[] {
  try {
    return parse(text, {
      bom: true,
      delimiter,
      to,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: 0,
    });
  } catch (error) {
    throw faultOf(error as CsvError);
  }
}

/** The delimiter that cuts the first lines into the most columns of the same number. */
function findDelimiter(text: string): string {
  const head = text.slice(0, 20_000);
  const scored = CANDIDATES.map((delimiter) => ({ delimiter, score: scoreOf(head, delimiter) }));
  return scored.toSorted((a, b) => b.score - a.score)[0]?.delimiter ?? ',';
}

function scoreOf(head: string, delimiter: string): number {
  const widths = previewOf(head, delimiter).map((record) => record.length);
  const first = widths[0] ?? 1;
  if (first < 2) return 0;
  return first * (widths.filter((width) => width === first).length / widths.length) ** 2;
}

function previewOf(head: string, delimiter: string): readonly (readonly string[])[] {
  try {
    return recordsOf(head, delimiter, PREVIEW_RECORDS);
  } catch {
    return [];
  }
}

function checkWidths(records: readonly (readonly string[])[], maxColumns: number): void {
  const width = records[0]?.length ?? 0;
  if (width > maxColumns) throw tooLarge(`The text has ${width} columns; the limit is ${maxColumns}.`);
  const wide = records.findIndex((record) => record.length > width);
  if (wide < 0) return;
  const found = records[wide]?.length ?? 0;
  throw invalid(
    `Row ${wide + 1} of the text has ${found} cells where the first row has ${width}: column ${width + 1} is too much. ` +
      'Put cells that hold the delimiter in double quotes, or name another delimiter.',
    { row: wide + 1, column: width + 1 },
  );
}

function faultOf(error: CsvError): Error {
  const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
  const column = typeof error['column'] === 'number' ? error['column'] + 1 : 1;
  const reason =
    error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quoted cell has no closing quote' : 'a quote stands where none may be';
  return invalid(
    `The text is not accepted as CSV: line ${line}, cell ${column}: ${reason}. Quote a cell as a whole and double the quotes within it.`,
    { line, cell: column, reason: error.code },
  );
}
