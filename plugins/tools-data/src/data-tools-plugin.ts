import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { systemClock, type Clock } from '@master-orchestrator/errors';
import { z } from 'zod';
import { csvParseTool } from './csv-parse-tool.js';
import { jsonParseTool } from './json-parse-tool.js';
import { jsonQueryTool } from './json-query-tool.js';
import { jsonStringifyTool } from './json-stringify-tool.js';
import { version } from './version.js';

/** Bounds of the tools of {@link dataToolsPlugin}. */
export interface DataToolsPluginOptions {
  /** Bytes of a text that is read or written, in UTF-8; at most 64 MiB. @default 1_048_576 */ readonly maxBytes?: number;
  /** Arrays and objects within each other; at most 512. @default 64 */ readonly maxDepth?: number;
  /** Values of one JSON document, containers included. @default 100_000 */ readonly maxValues?: number;
  /** Rows of one CSV text. @default 20_000 */ readonly maxRows?: number;
  /** Columns of one CSV text. @default 1_000 */ readonly maxColumns?: number;
  /** Results of one query. @default 1_000 */ readonly maxResults?: number;
  /** Time of one query, in milliseconds. @default 1_000 */ readonly queryTimeoutMs?: number;
  /** @default the clock of the machine */ readonly clock?: Clock;
}

/** The options as the host checks and shows them. */
export const dataToolsOptions = z.strictObject({
  maxBytes: z
    .int()
    .min(1)
    .max(67_108_864)
    .default(1_048_576)
    .describe('Bytes of a text that is read or written, in UTF-8.'),
  maxDepth: z.int().min(1).max(512).default(64).describe('Arrays and objects within each other.'),
  maxValues: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100_000)
    .describe('Values of one JSON document, containers included.'),
  maxRows: z.int().min(1).max(1_000_000).default(20_000).describe('Rows of one CSV text.'),
  maxColumns: z.int().min(1).max(10_000).default(1_000).describe('Columns of one CSV text.'),
  maxResults: z.int().min(1).max(100_000).default(1_000).describe('Results of one query.'),
  queryTimeoutMs: z
    .int()
    .min(1)
    .max(600_000)
    .default(1_000)
    .describe('Time of one query that runs in a thread, in milliseconds.'),
  clock: z
    .custom<Clock>((value) => typeof value === 'object' && value !== null, 'must be a clock')
    .optional()
    .meta({ 'x-in-code': true, 'x-default': 'the clock of the machine' })
    .describe('Where time comes from, for tests.'),
}) satisfies OptionsSchema<DataToolsPluginOptions>;

/**
 * Adds `json_parse`, `json_stringify`, `csv_parse` and `json_query`. All are pure, need no permission and work within
 * the given bounds.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function dataToolsPlugin(options: DataToolsPluginOptions = {}): PluginV1 {
  const { clock = systemClock, ...bounds } = readOptions(dataToolsOptions, options, 'dataToolsPlugin');
  const limits = { ...bounds, clock };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-data',
    version,
    contributes: {
      tools: [jsonParseTool(limits), jsonStringifyTool(limits), csvParseTool(limits), jsonQueryTool(limits)],
    },
  };
}
