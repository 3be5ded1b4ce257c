import { classify } from '@master-orchestrator/errors';
import type { CommandContext } from '../cli/command-context.js';
import type { CommandInput } from '../cli/command-spec.js';
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.js';
import { checkAgents, checkPlugins, checkSecrets, checkSettings, readConfig } from '../doctor/check-config.js';
import { checkDataDirectory, checkPort, checkStore } from '../doctor/check-host.js';
import { checkEndpoint, checkKey } from '../doctor/check-model.js';
import { checkEnvironment, checkNode, checkPackages } from '../doctor/check-runtime.js';
import { fail, type Bench, type Check, type Finding } from '../doctor/finding.js';
import { count } from '../output/format.js';
import type { Output } from '../output/output.js';

const CHECKS: readonly Check[] = [
  checkNode,
  checkEnvironment,
  checkPackages,
  checkSettings,
  checkSecrets,
  checkKey,
  checkEndpoint,
  checkDataDirectory,
  checkStore,
  checkPort,
  checkPlugins,
  checkAgents,
];

/** `mao doctor` */
export async function run(context: CommandContext, { options }: CommandInput): Promise<ExitCode> {
  const { output } = context;
  const { project, findings: config } = await readConfig(context);
  const bench: Bench = {
    context,
    isOffline: options['offline'] === true,
    ...(project === undefined ? {} : { project }),
  };
  const results = await Promise.all(CHECKS.map((check) => guarded(check, bench)));
  const findings = [...config, ...results.flat()];
  const failed = findings.filter(({ status }) => status === 'fail').length;
  output.result({ ok: failed === 0, findings }, () => print(output, findings, project === undefined));
  return failed === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

/** A check that fails itself is a finding too. */
async function guarded(check: Check, bench: Bench): Promise<readonly Finding[]> {
  try {
    return await check(bench);
  } catch (cause) {
    const error = classify(cause);
    const name = check.name.replace(/^check/, '').toLowerCase();
    return [fail(name, `could not be looked at: ${error.message}`, error.advice ?? 'Run it again with --debug.')];
  }
}

function print(output: Output, findings: readonly Finding[], isConfigBroken: boolean): void {
  const { colors } = output;
  const marks = { ok: colors.green('ok  '), warn: colors.yellow('warn'), fail: colors.red('fail') };
  for (const { check, status, message, hint } of findings) {
    output.line(`${marks[status]}  ${check.padEnd(11)} ${message}`);
    if (hint !== undefined) output.line(`                  ${colors.dim(hint)}`);
  }
  if (isConfigBroken) output.note('What depends on the configuration was left out: mend it first.');
  const numbers = (['fail', 'warn'] as const).map((status) => findings.filter((each) => each.status === status).length);
  output.line(
    numbers.every((number) => number === 0)
      ? colors.green('All is well.')
      : `${count(numbers[0] ?? 0, 'failure')}, ${count(numbers[1] ?? 0, 'warning')}.`,
  );
}
