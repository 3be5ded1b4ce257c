import { ConfigInvalidError, formatIssue, type ConfigFiles, type ConfigIssue } from '@master-orchestrator/config';
import type { OrchestratorError } from '@master-orchestrator/errors';
import { readProjectAgents } from '../agents/project-agents.js';
import { formatYamlIssue } from '../agents/read-yaml.js';
import type { CommandContext } from '../cli/command-context.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { count } from '../output/format.js';
import { attemptPlugins } from '../plugins/load-plugins.js';
import { inspectProject } from '../project/load-project.js';
import { settingsProblems } from '../project/settings-problems.js';

interface Problem {
  readonly path: string;
  readonly problem: string;
  readonly hint: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The whole as one line. */ readonly text: string;
}

/** `mao config check` */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const { files, problems } = await check(context);
  output.result({ ok: problems.length === 0, files, problems }, () => {
    const read = [files.project, files.user, files.dotenv].filter((file) => file !== undefined);
    if (problems.length === 0) {
      output.line(
        `${output.colors.green('ok')}  ${read.length === 0 ? 'no configuration file; the defaults are in force' : read.join(', ')}`,
      );
      return;
    }
    for (const { text } of problems) output.line(`${output.colors.red('✖')} ${text}`);
    output.note(`${count(problems.length, 'problem')}.`);
  });
  return problems.length === 0 ? EXIT_CODES.ok : EXIT_CODES.config;
}

/** Plugins and agents are looked at whatever is wrong with the settings, so that all of it can be mended in one go. */
async function check(context: CommandContext): Promise<{ files: ConfigFiles; problems: Problem[] }> {
  const { project, issues } = await inspectProject(context);
  const attempts = await attemptPlugins(project);
  const plugins = attempts.flatMap(({ name, error }) =>
    error === undefined ? [] : pluginProblems(name, error, issues),
  );
  const agents = (await readProjectAgents(project.directory)).flatMap(({ issues: wrong }) =>
    wrong.map((issue) => {
      const { path, problem, hint, file, line, column } = issue;
      return { path, problem, hint, file, line: line ?? null, column: column ?? null, text: formatYamlIssue(issue) };
    }),
  );
  // They are about the server and the profile: where one of these was left out, they would judge its default.
  const isServerKnown = !issues.some(({ path }) => /^(server|profile)\b/.test(path));
  const rules = (isServerKnown ? settingsProblems(project) : []).map(({ path, problem, hint }) => {
    return { path, problem, hint, file: null, line: null, column: null, text: `${path} ${problem}. ${hint}` };
  });
  return { files: project.loaded.files, problems: [...issues.map(problemOfIssue), ...plugins, ...rules, ...agents] };
}

/** Where settings are wrong, a plugin that objects as a whole may only miss what was left out. */
function pluginProblems(name: string, error: OrchestratorError, issues: readonly ConfigIssue[]): Problem[] {
  const mayBeConsequence = !(error instanceof ConfigInvalidError) && CONSEQUENCES.has(error.code);
  return issues.length > 0 && mayBeConsequence ? [] : problemsOf(`plugins["${name}"]`, error);
}

const CONSEQUENCES: ReadonlySet<string> = new Set(['CONFIG_INVALID', 'CREDENTIAL_MISSING', 'PLUGIN_FAILED']);

function problemOfIssue(issue: ConfigIssue): Problem {
  const { path, problem, hint, source } = issue;
  const place = { file: source?.file ?? null, line: source?.line ?? null, column: source?.column ?? null };
  return { path, problem, hint, ...place, text: formatIssue(issue) };
}

function problemsOf(path: string, error: OrchestratorError): Problem[] {
  if (error instanceof ConfigInvalidError) return error.issues.map(problemOfIssue);
  const hint = error.advice ?? '';
  const text = `${error.code}: ${error.message}`;
  return [{ path, problem: error.message, hint, file: null, line: null, column: null, text }];
}
