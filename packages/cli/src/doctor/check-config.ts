import { ConfigInvalidError, formatIssue, type LoadedConfig } from '@master-orchestrator/config';
import { classify, OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory } from '@master-orchestrator/factory';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createProjectAgents } from '../agents/project-agents.js';
import { readProjectAgents } from '../agents/project-agents.js';
import { formatYamlIssue } from '../agents/read-yaml.js';
import { availablePlugins } from '../plugins/discover-plugins.js';
import { attemptPlugins } from '../plugins/load-plugins.js';
import { loadProject, type Project } from '../project/load-project.js';
import { openOrchestrator, withToolHint } from '../project/open-orchestrator.js';
import { settingsProblems } from '../project/settings-problems.js';
import type { CommandContext } from '../cli/command-context.js';
import { fail, ok, warn, type Check, type Finding } from './finding.js';

/** The configuration, or everything that is wrong with it. Never rejects. */
export async function readConfig(
  context: CommandContext,
): Promise<{ readonly project?: Project; readonly findings: readonly Finding[] }> {
  try {
    const project = await loadProject(context);
    const { project: file, user, dotenv } = project.loaded.files;
    const files = [file, user, dotenv].filter((each) => each !== undefined);
    return {
      project,
      findings: [ok('config', files.length === 0 ? 'no file; the defaults are in force' : files.join(', '))],
    };
  } catch (cause) {
    if (cause instanceof ConfigInvalidError) {
      return { findings: findingsOf('config', '', cause) };
    }
    const error = classify(cause);
    return { findings: [fail('config', error.message, error.advice ?? 'Correct it.')] };
  }
}

/** One finding, or one for each problem of a configuration. */
function findingsOf(check: string, name: string, error: OrchestratorError): Finding[] {
  if (error instanceof ConfigInvalidError) {
    return error.issues.map((issue) => fail(check, formatIssue({ ...issue, hint: '' }).trim(), issue.hint));
  }
  return [fail(check, `${name}: ${error.message}`, error.advice ?? 'Mend it, or take it out of the configuration.')];
}

/** Settings that are fine one by one and refused together. */
export const checkSettings: Check = async ({ project }) => {
  if (project === undefined) return [];
  return settingsProblems(project).map(({ path, problem, hint }) => fail('settings', `${path} ${problem}.`, hint));
};

/** Keys where others may read them. */
export const checkSecrets: Check = async ({ project }) => {
  if (project === undefined) return [];
  const findings: Finding[] = [];
  const { config, sources, files } = project.loaded;
  const { apiKey } = config.models.openai;
  const source = sources.get('models.openai.apiKey');
  if (
    apiKey !== undefined &&
    apiKey.origin === undefined &&
    (source?.kind === 'project-file' || source?.kind === 'user-file')
  ) {
    const place = `${source.file ?? ''}${source.line === undefined ? '' : `:${source.line}`}`;
    findings.push(
      fail(
        'secrets',
        `The key ${apiKey.hint()} is written out in ${place}.`,
        'Write env:OPENAI_API_KEY in its place, and make a new key: this one may have been seen.',
      ),
    );
  }
  if (files.dotenv !== undefined) findings.push(...(await checkDotenv(files.dotenv)));
  return findings.length === 0 ? [ok('secrets', 'no key where others may read it')] : findings;
};

/** Plugins, one by one. */
export const checkPlugins: Check = async ({ project }) => {
  if (project === undefined) return [];
  const attempts = await attemptPlugins(project);
  const refused = attempts.flatMap(({ name, error }) =>
    error === undefined ? [] : findingsOf('plugins', name, error),
  );
  const tried = new Set(attempts.map(({ name }) => name));
  const others = (await availablePlugins(project)).filter(({ name }) => !tried.has(name)).map(({ name }) => name);
  const on = refused.length > 0 ? refused : [ok('plugins', `${attempts.length} plugins`)];
  if (others.length === 0) return on;
  const hint = `Turn one on where it is wanted: mao plugins add ${others[0] ?? ''}`;
  return [...on, { ...ok('plugins', `installed, and not on: ${others.join(', ')}`), hint }];
};

/** Agents of the project: their files, and whether they can be made. */
export const checkAgents: Check = async ({ context, project }) => {
  if (project === undefined) return [];
  const readings = await readProjectAgents(project.directory);
  if (readings.length === 0) return [];
  const broken = readings.flatMap(({ issues }) =>
    issues.map((issue) => fail('agents', formatYamlIssue({ ...issue, hint: '' }).trim(), issue.hint)),
  );
  if (broken.length > 0) return broken;
  const memory = await loadProject(context, { isMemory: true });
  const opened = await openOrchestrator(memory, { isOffline: true }).catch(() => undefined);
  if (opened === undefined)
    return [warn('agents', 'not checked: the plugins cannot be used', 'Mend the plugins first.')];
  const agents = readings.flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
  try {
    await createProjectAgents(opened.orchestrator, new AgentFactory(opened.orchestrator), agents);
    return [ok('agents', agents.map(({ name }) => name).join(', '))];
  } catch (cause) {
    if (!OrchestratorError.isInstance(cause)) throw cause;
    const error = withToolHint(cause, project);
    return [fail('agents', error.message, error.advice ?? 'Correct it.')];
  } finally {
    await opened.orchestrator.shutdown({ drainMs: 0 });
  }
};

async function checkDotenv(file: string): Promise<Finding[]> {
  const { mode } = await stat(file);
  const findings: Finding[] = [];
  if (process.platform !== 'win32' && (mode & 0o004) !== 0) {
    findings.push(warn('secrets', `${file} can be read by every user of this machine.`, `Run: chmod 600 ${file}`));
  }
  const folder = dirname(file);
  const isRepository = (await stat(join(folder, '.git')).catch(() => undefined)) !== undefined;
  const ignored = await readFile(join(folder, '.gitignore'), 'utf8').catch(() => '');
  if (isRepository && !/^\/?(\.env|\.env\*|\*\.env)\s*$/m.test(ignored)) {
    findings.push(
      fail(
        'secrets',
        `${file} stands in a git repository that does not ignore it.`,
        'Add the line ".env" to .gitignore.',
      ),
    );
  }
  return findings;
}

/** True where the production profile would refuse to start for lack of a real model. */
export function isOfflineInProduction({ config }: LoadedConfig, hasRealModel: boolean): boolean {
  return config.profile === 'production' && !hasRealModel && !config.models.allowOfflineInProduction;
}
