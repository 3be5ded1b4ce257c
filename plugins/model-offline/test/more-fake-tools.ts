import { z } from 'zod';
import { fakeTool, type FakeTool } from './helpers.js';

const strict = z.strictObject;

/** Tools of trades that the standard plugins have, under their names. */
export const listDirectory = (entries: Record<string, { name: string; type: string }[]>): FakeTool =>
  fakeTool(
    'list_directory',
    'Lists the entries of a folder.',
    strict({ path: z.string().optional(), depth: z.int().optional() }),
    ({ path = '.' }) => {
      const found = entries[path.replace(/\/$/, '')];
      if (found === undefined) throw new Error(`There is no folder "${path}".`);
      return { path, entries: found };
    },
  );

export const writeFile: FakeTool = fakeTool(
  'write_file',
  'Writes a text file below the granted folder.',
  strict({
    path: z.string().min(1),
    content: z.string().describe('The whole content.'),
    overwrite: z.boolean().optional(),
  }),
  ({ path, content }) => ({ path, bytes: content.length }),
);

export const httpRequest = (bodies: Record<string, string>): FakeTool =>
  fakeTool(
    'http_request',
    'Sends an HTTP request and returns status, headers and body.',
    strict({
      url: z.url(),
      method: z.enum(['GET', 'POST', 'PUT']).optional(),
      body: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
    ({ url }) => ({ status: 200, body: bodies[url] ?? 'not found' }),
  );

export const validateCode: FakeTool = fakeTool(
  'validate_code',
  'Checks source code for syntax errors without running it.',
  strict({ code: z.string(), language: z.enum(['javascript', 'typescript', 'python', 'json', 'go']).optional() }),
  ({ code }) =>
    code.includes('eval')
      ? { valid: false, faults: [{ line: 1, column: 1, message: 'eval is not allowed' }] }
      : { valid: true, faults: [] },
);

export const jsonQuery: FakeTool = fakeTool(
  'json_query',
  'Finds values in JSON by a JSONPath query (RFC 9535).',
  strict({
    query: z.string().startsWith('$').describe('JSONPath of RFC 9535'),
    data: z.unknown().optional().describe('The JSON value to search. Give data or text, not both.'),
    text: z.string().optional(),
  }),
  ({ query, data, text }) => {
    const value = (text === undefined ? data : JSON.parse(text)) as { items?: { price: number }[] };
    return {
      results: (value.items ?? []).map(({ price }, at) => ({ path: `$['items'][${at}]['price']`, value: price })),
      query,
    };
  },
);

export const searchWeb: FakeTool = fakeTool(
  'search_web',
  'Searches the web.',
  strict({ query: z.string(), limit: z.int().optional() }),
  ({ query }) => [{ title: `About ${query}` }],
);

export const sendEmail: FakeTool = fakeTool(
  'send_email',
  'Sends an e-mail.',
  strict({ to: z.string(), subject: z.string(), body: z.string() }),
  () => ({ sent: true }),
);

export const plotChart: FakeTool = fakeTool(
  'plot_chart',
  'Draws a chart of numbers.',
  strict({
    values: z.array(z.number()),
    kind: z.enum(['line', 'bar', 'pie']).default('line'),
    title: z.string().optional(),
  }),
  () => ({ file: 'charts/chart.svg' }),
);

/** A statistics tool that names outliers. */
export const outlierStats: FakeTool = fakeTool(
  'calculate_metrics',
  'Computes descriptive statistics of numeric data.',
  strict({ data: z.array(z.number()) }),
  ({ data }) => ({
    columns: [
      {
        name: 'values',
        count: data.length,
        mean: 1,
        median: 2,
        outliers: { values: data.filter((value) => value > 50) },
      },
    ],
  }),
);

/** The same trades under other names and schemas. */
export const crunch: FakeTool = fakeTool(
  'crunch',
  'Gives mean, median and deviation of a list.',
  strict({ xs: z.array(z.number()).describe('the numbers') }),
  ({ xs }) => ({ avg: xs.reduce((a, b) => a + b, 0) / xs.length, med: xs[0], n: xs.length }),
);

export const describeSeries: FakeTool = fakeTool(
  'stats_describe',
  'Descriptive statistics of several series.',
  strict({ series: z.array(strict({ title: z.string(), points: z.array(z.number()) })) }),
  ({ series }) => ({
    stats: Object.fromEntries(
      series.map(({ title, points }) => [
        title,
        { mean: points.reduce((a, b) => a + b, 0) / points.length, std: 1, n: points.length },
      ]),
    ),
  }),
);

export const makeDocument: FakeTool = fakeTool(
  'make_document',
  'Produces a report document.',
  strict({ heading: z.string().min(3), body: z.string().min(3) }),
  () => ({ path: 'out/doc.md' }),
);

export const slurp = (contents: Record<string, string>): FakeTool =>
  fakeTool(
    'slurp',
    'Loads a file from disk.',
    strict({ location: z.string().describe('path of the file') }),
    ({ location }) => contents[location] ?? 'empty',
  );

export const correlate: FakeTool = fakeTool(
  'correlation',
  'Correlation of two lists of numbers.',
  strict({ x: z.array(z.number()), y: z.array(z.number()) }),
  () => ({ correlation: 0.75 }),
);

/** Tools of no known trade. */
export const getWeather: FakeTool = fakeTool(
  'get_weather',
  'Current weather of a city.',
  strict({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']).optional() }),
  ({ city }) => ({ city, temperature: 20 }),
);
export const addNumbers: FakeTool = fakeTool(
  'add',
  'Adds two numbers.',
  strict({ a: z.number(), b: z.number() }),
  ({ a, b }) => a + b,
);
export const translate: FakeTool = fakeTool(
  'translate_text',
  'Translates a text into another language.',
  strict({ text: z.string(), target_language: z.string() }),
  () => 'Bonjour',
);
export const createTicket: FakeTool = fakeTool(
  'create_ticket',
  'Creates a ticket in the tracker.',
  strict({ title: z.string(), priority: z.enum(['low', 'high']), labels: z.array(z.string()).optional() }),
  () => ({ id: 7 }),
);
export const deleteFile: FakeTool = fakeTool('delete_file', 'Deletes a file.', strict({ path: z.string() }), () => ({
  deleted: true,
}));
export const bookFlight: FakeTool = fakeTool(
  'book_flight',
  'Books a flight for a passenger.',
  strict({ passenger: z.string(), from: z.string(), to: z.string(), date: z.iso.date() }),
  () => ({ booked: true }),
);
