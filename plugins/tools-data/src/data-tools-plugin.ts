import type { PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, systemClock, type Clock } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { DataLimits } from './internal/limits.js';
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

/**
 * Adds `json_parse`, `json_stringify`, `csv_parse` and `json_query`. All are pure, need no permission and work within
 * the given bounds.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function dataToolsPlugin({ clock = systemClock, ...options }: DataToolsPluginOptions = {}): PluginV1 {
  const limits = { ...checkOptions(options), clock };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-data',
    version,
    contributes: {
      tools: [jsonParseTool(limits), jsonStringifyTool(limits), csvParseTool(limits), jsonQueryTool(limits)],
    },
  };
}

const optionsSchema = z.strictObject({
  maxBytes: z.int().min(1).max(67_108_864).default(1_048_576),
  maxDepth: z.int().min(1).max(512).default(64),
  maxValues: z.int().min(1).max(10_000_000).default(100_000),
  maxRows: z.int().min(1).max(1_000_000).default(20_000),
  maxColumns: z.int().min(1).max(10_000).default(1_000),
  maxResults: z.int().min(1).max(100_000).default(1_000),
  queryTimeoutMs: z.int().min(1).max(600_000).default(1_000),
});

function checkOptions(options: Omit<DataToolsPluginOptions, 'clock'>): Omit<DataLimits, 'clock'> {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return checked.data;
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `dataToolsPlugin: the options do not fit. ${z.prettifyError(checked.error)}`,
  );
}
