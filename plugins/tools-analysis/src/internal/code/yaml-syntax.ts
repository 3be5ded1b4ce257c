import { createRequire } from 'node:module';
import { lineMetrics, type CodeFault, type CodeReport } from './code-report.js';
import { runInThread, type ThreadBounds } from './run-in-thread.js';

/**
 * Runs in a thread: the parser takes seconds for some texts of 100 KiB. Aliases are not expanded. Repeated keys are
 * looked for here, because the parser compares each key with each other.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const yaml = require(workerData.library);
const counter = new yaml.LineCounter();
const faults = [];
let deepest = 0;
const add = (position, message) => {
  const { line, col } = counter.linePos(position);
  if (faults.length < 20) faults.push({ line: Math.max(1, line), column: Math.max(1, col), message });
};
const options = { lineCounter: counter, prettyErrors: false, logLevel: 'silent', strict: true, uniqueKeys: false };
const documents = yaml.parseAllDocuments(workerData.code, options);
const anchors = new Set();
const lookAtAnchor = (key, node) => { if (node.anchor) anchors.add(node.anchor); };
const lookAtAlias = (key, node) => {
  if (!anchors.has(node.source)) add(node.range[0], 'no anchor "' + node.source.slice(0, 40) + '" stands before this alias');
};
const look = (key, node, path) => {
  lookAtAnchor(key, node);
  deepest = Math.max(deepest, path.filter(yaml.isCollection).length + 1);
  if (!yaml.isMap(node)) return;
  const seen = new Set();
  for (const pair of node.items) {
    if (!yaml.isScalar(pair.key) || pair.key.value === '<<') continue;
    const name = typeof pair.key.value + String(pair.key.value);
    if (seen.has(name)) add(pair.key.range[0], 'the key ' + JSON.stringify(String(pair.key.value).slice(0, 40)) + ' is repeated');
    seen.add(name);
  }
};
const openString = (document, position) => {
  let start;
  yaml.visit(document, { Scalar: (key, node) => {
    if (String(node.type).startsWith('QUOTE') && node.range[1] === position) start = node.range[0];
  } });
  return start;
};
for (const document of Array.isArray(documents) ? documents : []) {
  for (const { code, message, pos } of document.errors) {
    const start = code === 'MISSING_CHAR' ? openString(document, pos[0]) : undefined;
    if (code === 'RESOURCE_EXHAUSTION') add(pos[0], 'nested too deep to be read');
    else if (start === undefined) add(pos[0], message.split('\\n')[0].slice(0, 200));
    else add(start, 'this string is never closed');
  }
  anchors.clear();
  if (document.errors.length === 0) yaml.visit(document, { Collection: look, Scalar: lookAtAnchor, Alias: lookAtAlias });
}
let commentLines = 0;
let previous = '';
let hasContent = false;
for (const lexeme of new yaml.Lexer().lex(workerData.code)) {
  const isScalar = previous === '\\u001f';
  if (!isScalar && lexeme.startsWith('#')) commentLines += hasContent ? 0 : 1;
  else if (lexeme.trim() !== '' && lexeme.charCodeAt(0) > 0x1f) hasContent = true;
  if (lexeme.endsWith('\\n')) hasContent = false;
  previous = lexeme;
}
parentPort.postMessage({ faults, deepest, commentLines });
`;

/** Checks YAML 1.2, several documents and repeated keys included. */
export async function checkYaml(code: string, bounds: ThreadBounds): Promise<CodeReport> {
  const require = createRequire(import.meta.url);
  const library = require.resolve('yaml');
  const answer = (await runInThread({ source: THREAD, data: { code, library }, ...bounds })) as {
    readonly faults: CodeFault[];
    readonly deepest: number;
    readonly commentLines: number;
  };
  const faults = answer.faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    faults,
    metrics: { ...lineMetrics(code), commentLines: answer.commentLines, functions: 0, maxNesting: answer.deepest },
  };
}
