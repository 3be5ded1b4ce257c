// Turns samples into Markdown tables.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const LIBRARIES = ['undici', 'openai', '@openai/agents', 'ai', '@ai-sdk/openai-compatible', 'zod'];
const OURS = 'ours';

/** @returns the whole of RESULTS.md */
export async function writeResults({ programs, labels, measured, machine }) {
  const versions = LIBRARIES.map((name) => `${name} ${versionOf(name)}`).join(', ');
  return [
    '# Results',
    '',
    'Written by `npm run bench`: the same job (one agent, two tools, three tool turns, Chat Completions on loopback) done by',
    'a hand-written loop, by the usual libraries and by this project with everything on (memory engine). In a round each',
    'program has a fresh process, warmed up by up to 15,000 runs (3,000 streamed ones) or 16 s of CPU, whichever comes',
    'first: this project and the hand-written loop are at rest then. The processes are measured in turns, one',
    'at work and the others at rest. Ratios are taken within a turn; a number is the median of all turns, but for times of',
    'the clock (runs per second, first token, whole run), where each program is shown by its best turn: what else the machine',
    'does only adds to those. CPU is that of all threads of the process, compilers and garbage collectors included; the',
    'server has a process of its own. The hand-written loop does what a loop in earnest needs: checked arguments (zod),',
    'failed tools told to the model, a time limit, retries with `retry-after`, counted tokens, a bound of turns. All',
    'programs import zod for the tools. What the kernel does for a request costs all programs the same, and more of it on a',
    'busy machine: there the ratios are lower. The row of the bare client in the same table is the yardstick.',
    '',
    `Measured on ${machine.date}: ${machine.processor}, Node ${machine.node}; load of the machine at the start ${machine.load}.`,
    `Versions: ${versions}.`,
    '',
    ...goalTable(measured),
    ...notesOf(measured),
    ...measured.flatMap((one) => ['', ...tableOf(one, programs, labels)]),
    '',
  ].join('\n');
}

/** This project against its goals. */
function goalTable(measured) {
  const rows = measured.flatMap(({ scenario, rounds }) =>
    scenario.columns
      .filter(({ goal }) => goal !== undefined)
      .map((column) => {
        const value = valueOf(column, rounds, OURS);
        if (value === undefined) return undefined;
        const { most, least } = column.goal;
        const isMet = meets(column, value);
        const bound = most === undefined ? `at least ${least}` : `at most ${most}`;
        return `| ${scenario.title}: ${column.title} | ${bound} | ${show(value, column)} | ${isMet ? 'yes' : 'no'} |`;
      })
      .filter((row) => row !== undefined),
  );
  return ['| this project | goal | measured | met |', '| --- | --- | --- | --- |', ...rows];
}

/** What is known of goals that were missed. */
function notesOf(measured) {
  const missed = measured.filter(({ scenario, rounds }) =>
    scenario.columns.some((column) => {
      const value = valueOf(column, rounds, OURS);
      return column.goal !== undefined && value !== undefined && !meets(column, value);
    }),
  );
  return missed.flatMap(({ scenario: { title, note } }) => (note === undefined ? [] : ['', `${title}: ${note}`]));
}

function meets({ goal: { most, least } }, value) {
  return most === undefined ? value >= least : value <= most;
}

function tableOf({ scenario, rounds }, programs, labels) {
  const titles = scenario.columns.map(({ title, unit }) => (unit ? `${title} (${unit})` : title));
  return [
    `## ${scenario.title}`,
    '',
    `| | ${titles.join(' | ')} |`,
    `| --- | ${titles.map(() => '---:').join(' | ')} |`,
    ...programs.map((program) => {
      const cells = scenario.columns.map((column) => show(valueOf(column, rounds, program), column));
      return `| ${labels[program]} | ${cells.join(' | ')} |`;
    }),
  ];
}

function valueOf({ kind, read, to, best }, rounds, program) {
  if (to !== undefined && rounds[0]?.[to] === undefined) return undefined;
  if (rounds[0]?.[program] === undefined) return undefined;
  if (best !== undefined) {
    const bestOf = (name) => best(...rounds.map((round) => read(round[name])));
    if (kind === 'ratio') return bestOf(program) / bestOf(to);
    return kind === 'difference' ? bestOf(program) - bestOf(to) : bestOf(program);
  }
  return median(
    rounds.map((round) => {
      const value = read(round[program]);
      if (kind === 'ratio') return value / read(round[to]);
      return kind === 'difference' ? value - read(round[to]) : value;
    }),
  );
}

function show(value, { digits = 2 }) {
  return value === undefined ? '-' : value.toFixed(digits);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Some packages do not export their package.json, so it is looked for above their entry. */
function versionOf(name) {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (manifest.name === name) return manifest.version;
    } catch {
      // not here
    }
    folder = dirname(folder);
  }
}
