import type { Intent } from '../brief/intents.js';
import type { Lack } from '../brief/choose-tools.js';
import type { Trade } from '../brief/trade.js';
import { humanName, listWords } from './format-number.js';

/** What an agent would need a tool for, in words. */
const WORK: Readonly<Record<Trade, string>> = {
  list: 'list folders',
  read: 'read files',
  fetch: 'fetch pages',
  search: 'search the web',
  'parse-json': 'parse JSON',
  'parse-csv': 'parse CSV',
  query: 'query data',
  analyse: 'calculate statistics',
  validate: 'check code',
  visualise: 'draw charts',
  stringify: 'write JSON',
  report: 'write report files',
  write: 'write files',
  send: 'send messages',
};

/** What has to be in the text, where it is not. */
const NEEDED: Partial<Record<Trade, string>> = {
  list: 'Name the folder to list, for example src/.',
  read: 'Name the file to read, for example data.csv.',
  fetch: 'Give the URL to fetch, for example https://example.com/data.json.',
  'parse-json': 'Put the JSON into the text, or name a file that holds it.',
  'parse-csv': 'Put the CSV lines into the text, or name a file that holds them.',
  query: 'Give the data to query and what to look for, for example $.items[*].price.',
  analyse:
    'There are no numbers to analyse. Give them as a list such as [3, 1, 4], as labelled lists, as a table, or name a file that holds them.',
  visualise: 'There are no numbers to draw. Give them as a list such as [3, 1, 4], or name a file that holds them.',
  validate: 'There is no code to check. Put it into the text between ``` lines, or name a file.',
  stringify: 'There is no value to write as JSON.',
  report: 'There is nothing to report on yet. Give the data, or name a file that holds it.',
  write: 'Say what to write and into which file.',
  send: 'Say what to send and to whom.',
};

/** What to add to the text so that the work can be done. */
export function neededFor(trade: Trade): string | undefined {
  return NEEDED[trade];
}

/** Sentences on what could not be done and what is needed for it. */
export function lackLines(lacks: readonly Lack[]): string[] {
  const lines = lacks.map((lack) => {
    if (lack.kind === 'no-tool') return `No tool at hand can ${WORK[lack.intent.trade]}.`;
    const names = lack.missing.map((name) => `"${humanName(name)}"`);
    return `"${lack.tool}" was not called: the text gives no value for ${listWords(names)}.`;
  });
  return [...new Set(lines)];
}

/** The trades among the intents for which a tool is there but nothing to work on was found. */
export function idleTrades(intents: readonly Intent[], done: ReadonlySet<string>): Trade[] {
  const open = intents.filter(
    ({ trade, isImplied }) => (isImplied !== true || (trade === 'analyse' && !done.has('report'))) && !done.has(trade),
  );
  return [...new Set(open.map(({ trade }) => trade))];
}
