import type { ExtractedData } from './mention.js';
import { takeDates, takeJsonPaths, takePaths, takeQuotes, takeUrls } from './names-in-text.js';
import { takeNumbers } from './number-runs.js';
import { takeFences, takeJson, takeTables } from './text-blocks.js';
import { WorkingText } from './working-text.js';

/** Characters of a text that are searched for data; what is beyond is not read. */
const LONGEST_TEXT = 400_000;

/**
 * Finds the data in a text: code blocks, JSON, tables, URLs, files, folders, quotations, lists of numbers with their
 * names, single numbers. Each character belongs to at most one piece.
 */
export function extractData(text: string): ExtractedData {
  const working = new WorkingText(text.slice(0, LONGEST_TEXT));
  takeFences(working);
  takeUrls(working);
  takeJsonPaths(working);
  takeJson(working);
  takeTables(working);
  takeQuotes(working);
  takePaths(working);
  takeDates(working);
  takeNumbers(working);
  return { text: working.original, mentions: working.mentions };
}
