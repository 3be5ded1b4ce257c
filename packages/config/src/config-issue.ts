import { OrchestratorError } from '@master-orchestrator/errors';
import { sourceWords, type ConfigSource } from './layer.js';

/** One thing that is wrong with a configuration. */
export interface ConfigIssue {
  /** `server.port`; empty where the whole file is meant. */ readonly path: string;
  /** What is wrong, for people. */ readonly problem: string;
  /** The value as written, cut and without secrets. */ readonly value?: string;
  /** What is allowed: `a whole number from 1 to 65535`. */ readonly expected?: string;
  /** What to do. */ readonly hint: string;
  /** The known name nearest to an unknown one. */ readonly nearest?: string;
  readonly source?: ConfigSource;
}

/** The configuration cannot be used. Holds every problem that was found, not the first one alone. */
export class ConfigInvalidError extends OrchestratorError {
  constructor(readonly issues: readonly ConfigIssue[]) {
    const count = issues.length === 1 ? 'a problem' : `${issues.length} problems`;
    super('CONFIG_INVALID', [`The configuration has ${count}.`, ...issues.map(formatIssue)].join('\n  '), {
      category: 'VALIDATION_ERROR',
      severity: 'CRITICAL',
      isReplaySafe: true,
      details: { paths: issues.slice(0, 20).map((issue) => issue.path), count: issues.length },
      advice: 'Mend the settings named in the message; `mao config check` shows them again.',
    });
  }
}

/** One line about an issue: place, setting, problem, hint. */
export function formatIssue(issue: ConfigIssue): string {
  const place = issue.source === undefined ? '' : `${sourceWords(issue.source)}: `;
  const path = issue.path === '' || issue.path === issue.source?.name ? '' : `${issue.path} `;
  return `${place}${path}${issue.problem}. ${issue.hint}`;
}
