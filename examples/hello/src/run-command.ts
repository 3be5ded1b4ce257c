import { loadConfig, type LoadedConfig } from '@master-orchestrator/config';
import type { PluginV1, TaskResult } from '@master-orchestrator/contracts';
import { createOrchestrator, type MasterOrchestrator } from '@master-orchestrator/core';
import { classify, type OrchestratorError } from '@master-orchestrator/errors';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';
import { dataToolsPlugin } from '@master-orchestrator/tools-data';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';
import { resolve } from 'node:path';
import { readCommand, USAGE, type Command } from './arguments.js';
import { exitCodeOf } from './exit-code.js';
import { Progress } from './progress.js';

const TOOLS = ['calculate_metrics', 'generate_report', 'json_parse', 'csv_parse'];

/** Runs the command and returns its exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const wantsJson = argv.includes('--json');
  const wantsStack = argv.includes('--debug');
  let command: Command;
  let config: LoadedConfig;
  try {
    command = await readCommand(argv);
    if (command.isHelp) {
      console.log(USAGE);
      return 0;
    }
    config = await loadConfig();
  } catch (cause) {
    return fail(classify(cause), { isJson: wantsJson, isDebug: wantsStack, isBeforeRun: true });
  }
  try {
    return await runTeam(command, config);
  } catch (cause) {
    return fail(classify(cause), { isJson: wantsJson, isDebug: wantsStack, isBeforeRun: false });
  }
}

async function runTeam(command: Command, config: LoadedConfig): Promise<number> {
  const outputDir = resolve(command.outputDir);
  const print = command.isJson ? (): void => {} : (line: string): void => console.log(line);
  const model = modelPlugin(config, print);
  const orchestrator = await createOrchestrator({
    config,
    plugins: [
      model,
      dataToolsPlugin(),
      analysisToolsPlugin(),
      reportingToolsPlugin({ outputDir }),
      dataTemplatesPlugin(),
    ],
  });
  const interrupt = cancelOnInterrupt(orchestrator);
  try {
    orchestrator.listen('progress', new Progress(print).handle);
    const files = collectFiles(orchestrator);
    const team = await new AgentFactory(orchestrator).createDataAnalysisTeam({ tools: TOOLS });
    // The analyst calculates; reports it leaves to the writer of its team.
    await orchestrator.updateAgent(team.dataAnalyst, { tools: TOOLS.filter((tool) => tool !== 'generate_report') });
    const taskId = await orchestrator.createTask({ description: command.description, agentId: team.dataAnalyst });
    interrupt.taskId = taskId;
    const startedAt = performance.now();
    const result = await orchestrator.executeTask(taskId);
    report(
      command,
      result,
      files.map((file) => resolve(outputDir, file)),
      performance.now() - startedAt,
      print,
    );
    return 0;
  } finally {
    interrupt.stop();
    await orchestrator.shutdown({ drainMs: 0 });
  }
}

/** A real model where one is configured, else the rule-based one, which is said. */
function modelPlugin({ config }: LoadedConfig, print: (line: string) => void): PluginV1 {
  const { apiKey, baseUrl, api, organization, project } = config.models.openai;
  if (apiKey === undefined && baseUrl === undefined) {
    print(
      'No model is configured: the rule-based offline model stands in. For a real one set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server.',
    );
    return offlineModelPlugin();
  }
  return openaiModelPlugin({
    ...(apiKey === undefined ? {} : { apiKey: () => apiKey.reveal() }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(organization === undefined ? {} : { organization }),
    ...(project === undefined ? {} : { project }),
    api,
    limits: config.models.limits,
  });
}

/** Reports that tools wrote, by name, as their results tell. */
function collectFiles(orchestrator: MasterOrchestrator): string[] {
  const files: string[] = [];
  orchestrator.listen('files', (event) => {
    if (event.type !== 'tool-call-progress' || event.data.tool !== 'generate_report') return;
    const update = event.data.update as { readonly file?: unknown } | null;
    if (typeof update?.file === 'string' && !files.includes(update.file)) files.push(update.file);
  });
  return files;
}

function report(
  command: Command,
  result: TaskResult,
  files: readonly string[],
  durationMs: number,
  print: (line: string) => void,
): void {
  const { usage, costUsd } = result;
  if (command.isJson) {
    const { taskId, status, text, output } = result;
    console.log(
      JSON.stringify({
        taskId,
        status,
        text,
        output,
        files,
        usage,
        costUsd: costUsd ?? null,
        durationMs: Math.round(durationMs),
      }),
    );
    return;
  }
  print(`\n${result.text}\n`);
  for (const file of files) print(`Report: ${file}`);
  const cost = costUsd === undefined ? 'cost unknown' : `$${costUsd.toFixed(4)}`;
  print(
    `Done in ${Math.round(durationMs)} ms: ${usage.inputTokens} + ${usage.outputTokens} tokens${usage.isEstimated === true ? ' (estimated)' : ''}, ${cost}.`,
  );
}

function fail(
  error: OrchestratorError,
  how: { readonly isJson: boolean; readonly isDebug: boolean; readonly isBeforeRun: boolean },
): number {
  if (how.isJson) console.log(JSON.stringify({ error: error.toJSON() }));
  else {
    console.error(error.code === 'CANCELLED' ? 'Cancelled.' : `${error.code} (${error.category}): ${error.message}`);
    if (error.advice !== undefined && error.code !== 'CANCELLED') console.error(error.advice);
    if (how.isDebug) console.error(error.stack);
  }
  return exitCodeOf(error, how.isBeforeRun);
}

/** The first Ctrl-C cancels the task, the second ends the process at once. */
function cancelOnInterrupt(orchestrator: MasterOrchestrator): { taskId: string | undefined; stop(): void } {
  const state: { taskId: string | undefined; stop(): void } = {
    taskId: undefined,
    stop: () => process.off('SIGINT', onInterrupt),
  };
  let count = 0;
  const onInterrupt = (): void => {
    count += 1;
    if (count > 1) process.exit(130);
    console.error('Stopping…');
    if (state.taskId === undefined) void orchestrator.shutdown({ drainMs: 0 });
    else void orchestrator.cancelTask(state.taskId, 'interrupted');
  };
  process.on('SIGINT', onInterrupt);
  return state;
}
