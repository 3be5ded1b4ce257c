import type { ConfigIssue } from './config-issue.js';
import { displayPath } from './internal/display-path.js';
import { nearest } from './internal/nearest.js';
import { setAt, type PlainObject } from './internal/plain-object.js';
import type { ConfigSource, Layer } from './layer.js';
import { allSettings } from './settings.js';
import { readText } from './text-value.js';

/** Settings by path, as a command line gives them: `{ 'server.port': '8080' }`. Texts are read as their setting's kind. */
export type ConfigFlags = Readonly<Record<string, unknown>>;

/** Reads the settings out of command line flags. */
export function flagLayer(flags: ConfigFlags): { layer: Layer; issues: ConfigIssue[] } {
  const values: PlainObject = {};
  const issues: ConfigIssue[] = [];
  const settings = new Map(allSettings().map((setting) => [setting.path, setting]));
  for (const [path, given] of Object.entries(flags)) {
    if (given === undefined) continue;
    const setting = settings.get(path);
    if (setting === undefined) issues.push(unknownFlag(path, settings.keys()));
    else setAt(values, setting.keys, typeof given === 'string' ? readText(setting, given) : given);
  }
  return { layer: { kind: 'flag', values, locate }, issues };
}

function locate(path: readonly (string | number)[]): ConfigSource {
  return { kind: 'flag', name: displayPath(path) };
}

function unknownFlag(path: string, known: Iterable<string>): ConfigIssue {
  const near = nearest(path, known);
  return {
    path,
    problem: 'is not a setting',
    hint: near === undefined ? 'The README of @master-orchestrator/config lists the names.' : `Did you mean ${near}?`,
    ...(near !== undefined && { nearest: near }),
    source: { kind: 'flag', name: path },
  };
}
