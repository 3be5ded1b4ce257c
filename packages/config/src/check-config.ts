import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import type { PlainObject } from './internal/plain-object.js';
import { configJsonSchema } from './json-schema.js';
import type { ConfigSource, Layer } from './layer.js';
import { configSchema, type OrchestratorConfig } from './schema/config-schema.js';
import { schemaIssues, type CheckedValue, type Path } from './schema-issues.js';
import { layerOf } from './secret-references.js';
import { allSettings } from './settings.js';

const KNOWN = { settings: allSettings, schema: configJsonSchema } as const;

/** Checks merged settings against the schema and the rules between settings. */
export function checkConfig(
  value: PlainObject,
  origins: ReadonlyMap<string, Layer>,
): { readonly config?: OrchestratorConfig; readonly issues: ConfigIssue[] } {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    const locate: CheckedValue['locate'] = (path, what) => sourceOf(origins, path, what);
    return { issues: schemaIssues(parsed.error.issues, { value, at: [], ...KNOWN, locate }) };
  }
  const config: OrchestratorConfig = parsed.data;
  const issues = rulesBetween(config).map((issue) => {
    const source = sourceOf(origins, issue.path.split('.'), 'value');
    return { ...issue, ...(source !== undefined && { source }) };
  });
  return { config, issues };
}

function sourceOf(origins: ReadonlyMap<string, Layer>, path: Path, what: 'key' | 'value'): ConfigSource | undefined {
  return (layerOf(origins, path) ?? layerBelow(origins, path))?.locate(path, what);
}

/** The layer of the first value inside a path. */
function layerBelow(origins: ReadonlyMap<string, Layer>, path: Path): Layer | undefined {
  const start = displayPath(path);
  for (const [key, layer] of origins) if (key.startsWith(`${start}.`) || key.startsWith(`${start}[`)) return layer;
  return undefined;
}

function rulesBetween({ models, shutdown }: OrchestratorConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const { lowest, start, highest } = models.concurrency;
  if (lowest > start || start > highest) {
    issues.push({
      path: 'models.concurrency.start',
      problem: `is ${start}, outside of lowest ${lowest} and highest ${highest}`,
      value: String(start),
      expected: `a whole number from ${lowest} to ${highest}`,
      hint: 'Keep lowest ≤ start ≤ highest.',
    });
  }
  if (shutdown.exitMs < shutdown.drainMs + shutdown.abortMs) {
    issues.push({
      path: 'shutdown.exitMs',
      problem: `is ${shutdown.exitMs} ms, less than drainMs and abortMs together`,
      value: String(shutdown.exitMs),
      expected: `at least ${shutdown.drainMs + shutdown.abortMs}`,
      hint: 'Raise it, or lower drainMs or abortMs.',
    });
  }
  return issues;
}
