import { describe, expect, it } from 'vitest';
import { calculateMetrics, csvParse, generateReport, jsonParse, jsonStringify, readFile } from './fake-tools.js';
import { converse, type FakeTool } from './helpers.js';
import * as more from './more-fake-tools.js';

const FILES = {
  'data.csv': 'height,weight\n1,2\n2,4\n3,7\n',
  'sales.json': '{"items":[{"price":3},{"price":5}]}',
  'notes.txt': 'Buy milk.',
  'src/app.ts': 'eval(x)',
  'src/ok.py': 'print(1)',
};
const standard: FakeTool[] = [
  calculateMetrics,
  generateReport,
  jsonParse,
  jsonStringify,
  csvParse,
  more.jsonQuery,
  readFile(FILES),
  more.writeFile,
  more.listDirectory({
    src: [
      { name: 'app.ts', type: 'file' },
      { name: 'ok.py', type: 'file' },
      { name: 'logo.png', type: 'file' },
    ],
  }),
  more.httpRequest({ 'https://example.com/d.json': '{"values":[1,2,3]}', 'https://example.com/page': '<p>hi</p>' }),
  more.validateCode,
];
const everything: FakeTool[] = [
  ...standard,
  more.searchWeb,
  more.sendEmail,
  more.getWeather,
  more.addNumbers,
  more.translate,
  more.createTicket,
  more.deleteFile,
];
const strange: FakeTool[] = [more.crunch, more.makeDocument, more.slurp({ 'table.csv': 'a,b\n1,2\n3,5\n' })];

interface Row {
  readonly ask: string;
  readonly tools: readonly FakeTool[];
  /** Names of the calls, a list a turn. */ readonly calls: readonly (readonly string[])[];
  /** Inputs of calls by position. */ readonly inputs?: Readonly<Record<number, object>>;
  /** Words of the answer. */ readonly says?: readonly string[];
}

const analysis: Row[] = [
  {
    ask: 'Analyze the dataset [3, 1, 4, 1, 5, 9, 2, 6] and generate a report',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report']],
    says: ['mean 3.875', 'median 3.5', '2.748376144', '2.570870475', 'first quartile 1.75', 'third quartile 5.25'],
  },
  {
    ask: 'What is the mean and median of 4, 8, 15, 16, 23 and 42?',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: [4, 8, 15, 16, 23, 42] } },
    says: ['mean 18', 'median 15.5'],
  },
  {
    ask: 'sales: 1,2,3; costs: 4,5,9. Compare them.',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { sales: [1, 2, 3], costs: [4, 5, 9] } } },
    says: ['sales: count 3', 'Correlation of sales and costs'],
  },
  {
    ask: 'Give me some statistics for [1, 2] and [3, 4]',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { 'series 1': [1, 2], 'series 2': [3, 4] } } },
  },
  {
    ask: 'Analyse this CSV:\nname,size,price\na,1,10\nb,2,20\nc,3,40\n\nand report',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report']],
    inputs: { 0: { data: { size: [1, 2, 3], price: [10, 20, 40] } } },
  },
  {
    ask: 'Describe the distribution of {"temperature": [20.5, 21, 19], "humidity": [40, 42, 44]}',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { temperature: [20.5, 21, 19], humidity: [40, 42, 44] } } },
  },
  {
    ask: 'Summarise [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { a: [1, 2] } } },
  },
  { ask: '[5, 6, 7]', tools: standard, calls: [['calculate_metrics']], says: ['mean 6'] },
  {
    ask: 'Please compute the standard deviation of -1.5, 2e3 and .25!',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: [-1.5, 2000, 0.25] } },
  },
  {
    ask: 'Write a report about [1, 2, 3] titled "Three numbers"',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report']],
    inputs: { 1: { title: 'Three numbers' } },
  },
  {
    ask: 'Write an HTML report on the sales 10, 20, 30',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report']],
    inputs: { 1: { format: 'html' } },
  },
  {
    ask: 'Analyse data.csv and generate a report',
    tools: standard,
    calls: [['read_file'], ['csv_parse'], ['calculate_metrics'], ['generate_report']],
    inputs: { 2: { data: { height: [1, 2, 3], weight: [2, 4, 7] } }, 3: { title: 'Analysis of data.csv' } },
  },
  {
    ask: 'Analyse data.csv',
    tools: [calculateMetrics, readFile(FILES)],
    calls: [['read_file'], ['calculate_metrics']],
    says: ['Figures of data.csv'],
  },
  {
    ask: 'Read sales.json, pick $.items[*].price, analyse the prices and generate a report',
    tools: standard,
    calls: [['read_file'], ['json_parse'], ['json_query'], ['calculate_metrics'], ['generate_report']],
    inputs: { 3: { data: { price: [3, 5] } } },
  },
  {
    ask: 'Compute the correlation of x: 1, 2, 3 and y: 2, 4, 7',
    tools: [more.correlate],
    calls: [['correlation']],
    inputs: { 0: { x: [1, 2, 3], y: [2, 4, 7] } },
    says: ['0.75'],
  },
  {
    ask: 'Analyse north: 1, 2, 3; south: 4, 5, 6',
    tools: [more.describeSeries],
    calls: [['stats_describe']],
    inputs: {
      0: {
        series: [
          { title: 'north', points: [1, 2, 3] },
          { title: 'south', points: [4, 5, 6] },
        ],
      },
    },
    says: ['north: count 3, mean 2'],
  },
  {
    ask: 'Please crunch these numbers: 3, 4, 5 and produce a document',
    tools: strange,
    calls: [['crunch'], ['make_document']],
    inputs: { 0: { xs: [3, 4, 5] } },
  },
  {
    ask: 'Load table.csv and give me the averages',
    tools: strange,
    calls: [['slurp'], ['crunch', 'crunch']],
    inputs: { 1: { xs: [1, 3] }, 2: { xs: [2, 5] } },
    says: ['Figures of a (table.csv)', 'mean 2', 'mean 3.5'],
  },
  { ask: 'Analyse [1, 2, 3]', tools: [], calls: [], says: ['mean 2', 'without a statistics tool'] },
  {
    ask: 'Plot the values 3, 5, 9 as a bar chart',
    tools: [more.plotChart],
    calls: [['plot_chart']],
    inputs: { 0: { values: [3, 5, 9], kind: 'bar' } },
  },
  {
    ask: 'Calculate metrics for the following:\n\n| x | y |\n|---|---|\n| 1 | 2 |\n| 3 | 5 |',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { x: [1, 3], y: [2, 5] } } },
  },
];

const figuresInWords: Row[] = [
  {
    ask: 'Find outliers in 1, 2, 3, 100',
    tools: [more.outlierStats],
    calls: [['calculate_metrics']],
    says: ['outlier 100'],
  },
  {
    ask: 'Find outliers in 1, 2, 3, 4',
    tools: [more.outlierStats],
    calls: [['calculate_metrics']],
    says: ['no outliers'],
  },
  {
    ask: 'Compare [1,2,3] with [2,3,4]',
    tools: standard,
    calls: [['calculate_metrics']],
    says: ['series 1: count 3', 'series 2: count 3'],
  },
  {
    ask: 'Our Q1 revenue was $1,200, $1,350 and $1,500. Our Q2 revenue was $1,600, $1,580, $1,700. Please compare the quarters.',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { 'Q1 revenue': [1200, 1350, 1500], 'Q2 revenue': [1600, 1580, 1700] } } },
  },
  {
    ask: 'What is the correlation between height (170, 180, 165) and weight (65, 80, 58)?',
    tools: standard,
    calls: [['calculate_metrics']],
    inputs: { 0: { data: { height: [170, 180, 165], weight: [65, 80, 58] } } },
  },
  {
    ask: '1. Parse {"values": [5, 6, 7]}\n2. Calculate the metrics\n3. Generate a report',
    tools: standard,
    calls: [['json_parse'], ['calculate_metrics'], ['generate_report']],
    inputs: { 2: { title: 'Analysis of 3 values' } },
  },
  {
    ask: '- Read data.csv\n- Analyse it\n- Write a report',
    tools: standard,
    calls: [['read_file'], ['csv_parse'], ['calculate_metrics'], ['generate_report']],
  },
  {
    ask: 'Generate a report about the values 10, 20, 30 with the title Weekly numbers',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report']],
    inputs: { 1: { title: 'Weekly numbers' } },
  },
  {
    ask: 'ANALYZE THE DATASET [1,2,3] AND GENERATE A REPORT',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report']],
  },
  {
    ask: 'Analyze the dataset [1, 2, 3, "four", 5]',
    tools: standard,
    calls: [],
    says: ['entries that are no numbers: "four"'],
  },
  {
    ask: 'Analyze the dataset ["a", "b"] and generate a report',
    tools: standard,
    calls: [],
    says: ['no numbers, but: "a" and "b"'],
  },
];

const dataWork: Row[] = [
  { ask: 'Give me the figures of 1, 2, 3', tools: standard, calls: [['calculate_metrics']] },
  {
    ask: 'Parse this JSON: {"a": [1, {"b": null}]}',
    tools: standard,
    calls: [['json_parse']],
    inputs: { 0: { text: '{"a": [1, {"b": null}]}' } },
  },
  {
    ask: 'Do not analyse [1,2,3], just parse it as JSON',
    tools: standard,
    calls: [['json_parse']],
    inputs: { 0: { text: '[1,2,3]' } },
  },
  {
    ask: 'Convert this CSV to JSON:\na,b\n1,2\n3,4',
    tools: standard,
    calls: [['csv_parse'], ['json_stringify']],
    inputs: {
      1: {
        value: [
          { a: 1, b: 2 },
          { a: 3, b: 4 },
        ],
      },
    },
  },
  {
    ask: 'Pretty-print this as JSON: {"b":1}',
    tools: standard,
    calls: [['json_stringify']],
    inputs: { 0: { value: { b: 1 } } },
  },
  {
    ask: 'Query $.items[*].price in {"items":[{"price":3},{"price":5}]}',
    tools: standard,
    calls: [['json_query']],
    inputs: { 0: { query: '$.items[*].price', data: { items: [{ price: 3 }, { price: 5 }] } } },
  },
  { ask: 'Parse the CSV file data.csv', tools: standard, calls: [['read_file'], ['csv_parse']] },
];

const files: Row[] = [
  {
    ask: 'Read the file notes.txt',
    tools: standard,
    calls: [['read_file']],
    inputs: { 0: { path: 'notes.txt' } },
    says: ['Buy milk.'],
  },
  { ask: "What's in notes.txt?", tools: standard, calls: [['read_file']], says: ['Buy milk.'] },
  { ask: 'Read notes.txt and data.csv', tools: standard, calls: [['read_file', 'read_file']] },
  {
    ask: 'List the files in src/',
    tools: everything,
    calls: [['list_directory']],
    inputs: { 0: { path: 'src/' } },
    says: ['app.ts'],
  },
  { ask: 'Which files are in src/?', tools: everything, calls: [['list_directory']] },
  { ask: 'Show me the src folder', tools: everything, calls: [['list_directory']], inputs: { 0: { path: 'src' } } },
  {
    ask: "Write 'hello world' to out/notes.txt",
    tools: everything,
    calls: [['write_file']],
    inputs: { 0: { path: 'out/notes.txt', content: 'hello world' } },
    says: ['out/notes.txt'],
  },
  {
    ask: 'Parse {"a": 1} and write it to out.json',
    tools: standard,
    calls: [['json_parse'], ['write_file']],
    inputs: { 1: { path: 'out.json', content: '{\n  "a": 1\n}' } },
  },
  {
    ask: 'Analyze the dataset [1,2,3] and save the report to out/report.md',
    tools: standard,
    calls: [['calculate_metrics'], ['generate_report'], ['write_file']],
    inputs: { 2: { path: 'out/report.md' } },
  },
  { ask: 'Delete the file old.txt', tools: everything, calls: [['delete_file']], inputs: { 0: { path: 'old.txt' } } },
  {
    ask: 'Analyse missing.csv and report',
    tools: standard,
    calls: [['read_file']],
    says: ['There is no file "missing.csv"'],
  },
];

const web: Row[] = [
  {
    ask: 'Fetch https://example.com/page',
    tools: everything,
    calls: [['http_request']],
    inputs: { 0: { url: 'https://example.com/page' } },
    says: ['<p>hi</p>'],
  },
  {
    ask: 'Fetch https://example.com/d.json and analyse the values',
    tools: everything,
    calls: [['http_request'], ['json_parse'], ['calculate_metrics']],
    inputs: { 2: { data: [1, 2, 3] } },
  },
  {
    ask: 'Download https://example.com/page and https://example.com/d.json',
    tools: everything,
    calls: [['http_request', 'http_request']],
  },
  {
    ask: 'Search the web for "best pizza"',
    tools: everything,
    calls: [['search_web']],
    inputs: { 0: { query: 'best pizza' } },
  },
  {
    ask: 'search for the population of Norway',
    tools: everything,
    calls: [['search_web']],
    inputs: { 0: { query: 'the population of Norway' } },
  },
  {
    ask: 'Send an email to bob@example.com saying see you at 5',
    tools: everything,
    calls: [['send_email']],
    inputs: { 0: { to: 'bob@example.com', body: 'see you at 5' } },
  },
];

const code: Row[] = [
  {
    ask: 'Check this code:\n```js\neval(x)\n```',
    tools: everything,
    calls: [['validate_code']],
    inputs: { 0: { code: 'eval(x)', language: 'javascript' } },
    says: ['eval is not allowed'],
  },
  {
    ask: 'Review the code in src/',
    tools: everything,
    calls: [['list_directory'], ['read_file', 'read_file'], ['validate_code', 'validate_code']],
    inputs: { 3: { code: 'eval(x)', language: 'typescript' }, 4: { code: 'print(1)', language: 'python' } },
  },
  {
    ask: 'Validate src/app.ts and write a report',
    tools: standard,
    calls: [['read_file'], ['validate_code'], ['generate_report']],
  },
  {
    ask: 'Is this Python valid? `print(1);`',
    tools: standard,
    calls: [['validate_code']],
    inputs: { 0: { code: 'print(1);', language: 'python' } },
  },
];

const others: Row[] = [
  {
    ask: 'What is the weather in Lisbon and Porto?',
    tools: everything,
    calls: [['get_weather', 'get_weather']],
    inputs: { 0: { city: 'Lisbon' }, 1: { city: 'Porto' } },
  },
  {
    ask: "What's the weather in New York in fahrenheit?",
    tools: everything,
    calls: [['get_weather']],
    inputs: { 0: { city: 'New York', unit: 'fahrenheit' } },
  },
  { ask: 'Add 2 and 3', tools: everything, calls: [['add']], inputs: { 0: { a: 2, b: 3 } }, says: ['5'] },
  { ask: 'Add 2 and 2', tools: everything, calls: [['add']], inputs: { 0: { a: 2, b: 2 } } },
  {
    ask: "Translate 'good morning' to French",
    tools: everything,
    calls: [['translate_text']],
    inputs: { 0: { text: 'good morning', target_language: 'French' } },
  },
  {
    ask: 'Create a high priority ticket titled "Login broken"',
    tools: everything,
    calls: [['create_ticket']],
    inputs: { 0: { title: 'Login broken', priority: 'high' } },
  },
  {
    ask: 'Book a flight for Anna Berg from Oslo to Rome on 2026-05-01',
    tools: [more.bookFlight],
    calls: [['book_flight']],
    inputs: { 0: { passenger: 'Anna Berg', from: 'Oslo', to: 'Rome', date: '2026-05-01' } },
  },
];

const partly: Row[] = [
  {
    ask: 'Analyse [1, 2, 3] and design a logo',
    tools: standard,
    calls: [['calculate_metrics']],
    says: ['mean 2', '"design a logo" needs a language model'],
  },
  {
    ask: 'Write the README of src/app.ts',
    tools: standard,
    calls: [['read_file']],
    says: ['"Write the README of" needs a language model'],
  },
  {
    ask: 'Write a report: sales rose in May; April is missing.',
    tools: standard,
    calls: [['generate_report']],
    inputs: {
      0: {
        title: 'Sales rose in May',
        sections: [{ heading: 'As stated', body: '- sales rose in May\n- April is missing.' }],
      },
    },
  },
  {
    ask: 'Draw the sales [3, 5, 9]',
    tools: [calculateMetrics, generateReport],
    calls: [['calculate_metrics'], ['generate_report']],
    inputs: { 1: { data: { sales: [3, 5, 9] } } },
  },
  {
    ask: 'Analyse [1, 2, 3] and save the result to out.txt',
    tools: [calculateMetrics],
    calls: [['calculate_metrics']],
    says: ['mean 2', 'No tool at hand can write files'],
  },
  {
    ask: 'Read a.txt and b.txt',
    tools: [readFile({ 'a.txt': 'A text.' })],
    calls: [['read_file', 'read_file']],
    says: ['A text.', 'There is no file "b.txt"'],
  },
];

const nothingToDo: Row[] = [
  { ask: 'Hello!', tools: everything, calls: [], says: ['Hello.', 'follows rules'] },
  {
    ask: 'Who was the first emperor of Rome?',
    tools: everything,
    calls: [],
    says: ['cannot answer', 'language model'],
  },
  {
    ask: 'Analyse our sales and generate a report',
    tools: standard,
    calls: [],
    says: ['There are no numbers to analyse'],
  },
  {
    ask: 'Analyze the dataset and generate a report',
    tools: standard,
    calls: [],
    says: ['There are no numbers to analyse'],
  },
  { ask: 'Write me a report about our sales', tools: standard, calls: [] },
  {
    ask: 'Analyze the dataset [] and generate a report',
    tools: standard,
    calls: [],
    says: ['There are no numbers to analyse'],
  },
  { ask: 'Review the code', tools: standard, calls: [], says: ['There is no code to check'] },
  { ask: 'Add these', tools: [more.addNumbers], calls: [], says: ['"add" was not called', '"a"'] },
  { ask: 'Create a ticket titled "X"', tools: [more.createTicket], calls: [], says: ['"priority"'] },
  {
    ask: 'Book a flight to Rome',
    tools: [more.bookFlight],
    calls: [],
    says: ['"book_flight" was not called', '"date"'],
  },
  { ask: 'Send an email to bob@example.com', tools: everything, calls: [] },
  { ask: 'Fetch the page', tools: everything, calls: [], says: ['URL'] },
  { ask: 'Save the file', tools: everything, calls: [] },
  { ask: '', tools: everything, calls: [] },
];

describe.each([
  ['analysis', analysis],
  ['figures in words', figuresInWords],
  ['data', dataWork],
  ['files', files],
  ['the web', web],
  ['code', code],
  ['tools of no known trade', others],
  ['work that can be done in part', partly],
  ['nothing to do', nothingToDo],
])('%s', (_, rows) => {
  it.each(rows)('$ask', async ({ ask, tools, calls, inputs = {}, says = [] }) => {
    const outcome = await converse(ask, tools);
    expect(outcome.turns.map((turn) => turn.map(({ name }) => name))).toEqual(calls);
    expect(outcome.misfits).toEqual([]);
    for (const [at, input] of Object.entries(inputs)) expect(outcome.calls[Number(at)]?.input).toMatchObject(input);
    for (const words of says) expect(outcome.text).toContain(words);
    expect(outcome.text).toMatch(/Note: answered by the rule-based offline model; no language model was asked\.$/);
  });
});
