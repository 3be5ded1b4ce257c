import { AgentFactory } from '@master-orchestrator/factory';
import { basename, resolve } from 'node:path';
import { readAgentFile, type AgentReading } from '../agents/agent-file.js';
import { checkAgentFile, checkTemplate, type AgentFinding, type CheckBench } from '../agents/check-agent.js';
import { readProjectAgents } from '../agents/project-agents.js';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { count } from '../output/format.js';
import type { Output } from '../output/output.js';
import { isFolder } from '../plugins/plugin-package.js';
import { loadProject, type Project } from '../project/load-project.js';
import { openOrchestrator } from '../project/open-orchestrator.js';

/** `mao agents check` */
export async function run(context: CommandContext, { args, options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const names = (args[0] ?? []) as readonly string[];
  const project = await loadProject(context, { isMemory: true });
  const { orchestrator } = await openOrchestrator(project, { isOffline: true });
  const bench = { orchestrator, factory: new AgentFactory(orchestrator), isRunning: options['run'] !== false };
  try {
    const findings = await check(context, project, bench, names);
    const failed = findings.filter(({ outcome }) => outcome === 'fail');
    output.result({ ok: failed.length === 0, findings }, () => print(output, findings, names.length === 0));
    return failed.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
  } finally {
    await orchestrator.shutdown({ drainMs: 0 });
  }
}

async function check(
  { cwd }: CommandContext,
  { directory }: Project,
  bench: CheckBench,
  names: readonly string[],
): Promise<AgentFinding[]> {
  const readings = await readProjectAgents(directory);
  const agents = readings.flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
  const findings: AgentFinding[] = [];
  const checkReading = async (reading: AgentReading): Promise<void> => {
    findings.push(...(await checkAgentFile(reading, agents, bench)));
  };
  if (names.length === 0) for (const reading of readings) await checkReading(reading);
  for (const name of names) {
    const own = readings.find(({ agent, folder }) => agent?.name === name || basename(folder) === name);
    if (isFolder(name)) await checkReading(await readAgentFile(resolve(cwd, name)));
    else if (own !== undefined) await checkReading(own);
    else findings.push(...(await checkTemplate(name, bench)));
  }
  return findings;
}

function print(output: Output, findings: readonly AgentFinding[], isAll: boolean): void {
  const { colors } = output;
  const marks = {
    pass: colors.green('pass'),
    warn: colors.yellow('warn'),
    fail: colors.red('fail'),
    skip: colors.dim('skip'),
  };
  if (findings.length === 0 && isAll)
    output.note(
      'No agents in this project. A folder agents/<name>/agent.yaml adds one; name a template to check that.',
    );
  for (const { subject, rule, outcome, found, fix } of findings) {
    output.line(`${marks[outcome]}  ${colors.bold(subject)}  ${rule.padEnd(12)} ${found}`);
    if (fix !== '' && !found.includes(fix)) output.line(`      ${fix}`);
  }
  const failed = findings.filter(({ outcome }) => outcome === 'fail').length;
  if (findings.length > 0) output.line(failed === 0 ? colors.green('ok') : colors.red(count(failed, 'failure')));
}
