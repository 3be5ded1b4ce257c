import { ConfigInvalidError, formatIssue, type ConfigFiles, type ConfigIssue } from '@master-orchestrator/config';
import { OrchestratorError } from '@master-orchestrator/errors';
import { readProjectAgents } from '../agents/project-agents.js';
import { formatYamlIssue } from '../agents/read-yaml.js';
import type { CommandContext } from '../cli/command-context.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { count } from '../output/format.js';
import { attemptPlugins } from '../plugins/load-plugins.js';
import { loadProject, type Project } from '../project/load-project.js';
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
  output.result({ ok: problems.length === 0, files: files ?? null, problems }, () => {
    const read = [files?.project, files?.user, files?.dotenv].filter((file) => file !== undefined);
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

async function check(context: CommandContext): Promise<{ files?: ConfigFiles; problems: Problem[] }> {
  let project: Project;
  try {
    project = await loadProject(context);
  } catch (error) {
    if (!(error instanceof ConfigInvalidError)) throw error;
    return { problems: error.issues.map(problemOfIssue) };
  }
  const plugins = (await attemptPlugins(project)).flatMap(({ name, error }) =>
    error === undefined ? [] : problemsOf(`plugins["${name}"]`, error),
  );
  const agents = (await readProjectAgents(project.directory)).flatMap(({ issues }) =>
    issues.map((issue) => {
      const { path, problem, hint, file, line, column } = issue;
      return { path, problem, hint, file, line: line ?? null, column: column ?? null, text: formatYamlIssue(issue) };
    }),
  );
  const rules = settingsProblems(project).map(({ path, problem, hint }) => ({
    path,
    problem,
    hint,
    file: null,
    line: null,
    column: null,
    text: `${path} ${problem}. ${hint}`,
  }));
  return { files: project.loaded.files, problems: [...plugins, ...rules, ...agents] };
}

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
