import { OrchestratorError } from '@master-orchestrator/errors';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';

/** What is done where nothing is said. */
export const DEFAULT_TASK = 'Analyze the dataset [1, 2, 3, 4, 5] and generate a report';
const MOST_BYTES = 512 * 1_024;

/** What the person typed. */
export interface Command {
  readonly description: string;
  readonly isJson: boolean;
  readonly isDebug: boolean;
  readonly isHelp: boolean;
  readonly outputDir: string;
}

export const USAGE = `Usage: npm start -- [description] [--file data.csv] [--out folder] [--json] [--debug]

  description   what the team does           (${DEFAULT_TASK})
  --file, -f    a CSV or JSON file to analyze
  --out, -o     folder for the report        (reports)
  --json        print one JSON document and nothing else (use npm start --silent -- --json)
  --debug       print stack traces

With OPENAI_API_KEY (or OPENAI_BASE_URL for a compatible server) a real model does the thinking.`;

/** Reads the command line. @throws OrchestratorError REQUEST_INVALID, FILE_INVALID, REQUEST_TOO_LARGE */
export async function readCommand(argv: readonly string[]): Promise<Command> {
  const { values, positionals } = parse(argv);
  const words = positionals.join(' ').trim();
  const head = {
    isJson: values.json === true,
    isDebug: values.debug === true,
    isHelp: values.help === true,
    outputDir: values.out ?? 'reports',
  };
  if (values.file === undefined) return { ...head, description: words === '' ? DEFAULT_TASK : words };
  const content = await readData(values.file);
  const task = words === '' ? `Analyze the data of the file ${basename(values.file)} and generate a report` : words;
  return { ...head, description: `${task}\n\n${content}` };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        file: { type: 'string', short: 'f' },
        out: { type: 'string', short: 'o' },
        json: { type: 'boolean' },
        debug: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new OrchestratorError('REQUEST_INVALID', `${(cause as Error).message}. See --help.`, {
      cause,
      advice: 'Run npm start -- --help.',
    });
  }
}

async function readData(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) {
      throw new OrchestratorError(
        'REQUEST_TOO_LARGE',
        `The file "${file}" has ${size} bytes; this example takes at most ${MOST_BYTES}. Cut it, or give your agents read_file.`,
      );
    }
    const text = await readFile(file, 'utf8');
    const fault = faultOf(text, file);
    if (fault !== undefined) throw new OrchestratorError('FILE_INVALID', `The file "${file}" ${fault}`);
    return text;
  } catch (cause) {
    if (OrchestratorError.isInstance(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EISDIR'
          ? 'is a folder'
          : `cannot be read (${code ?? 'unknown reason'})`;
    throw new OrchestratorError('FILE_INVALID', `The file "${file}" ${why}. Give the path of a CSV or JSON file.`, {
      cause,
    });
  }
}

/** Why nothing can be analysed in a text, and what to do; `undefined` where something can. */
function faultOf(text: string, file: string): string | undefined {
  if (text.trim() === '') return 'is empty. Give a CSV or JSON file with numbers.';
  if (text.includes('\0')) return 'is no text. Give a CSV or JSON file.';
  if (!/\d/.test(text)) return 'holds no numbers. Give a CSV or JSON file with at least one numeric column.';
  if (extname(file).toLowerCase() !== '.json') return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return `is no valid JSON: ${(cause as Error).message}. Mend it, or give a CSV file.`;
  }
}
