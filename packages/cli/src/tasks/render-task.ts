import type { TaskStatus } from '@master-orchestrator/contracts';
import { count, cost, duration, excerpt, tokens } from '../output/format.js';
import type { Colors } from '../output/colors.js';
import type { ShownStep, ShownTask } from './task-journal.js';
import { descriptionOf } from './task-summary.js';

/** How much is shown. */
export interface RenderOptions {
  readonly colors: Colors;
  /** Columns to stay within. */ readonly width: number;
  /** True: whole inputs and outputs. */ readonly isFull: boolean;
  readonly now: number;
}

/** A task as a tree of its steps, with times, tokens, cost and attempts. */
export function renderTask(shown: ShownTask, options: RenderOptions): string[] {
  const { task } = shown;
  const { colors, isFull, width, now } = options;
  const words = descriptionOf(task);
  const lines = [
    `${colors.bold(task.id)}  ${statusText(task.status, colors)}`,
    `agent     ${task.agentName} (${task.agentId}, revision ${task.agentRevision})`,
    `task      ${isFull ? words.replaceAll('\n', '\n          ') : excerpt(words, width - 10)}`,
    `created   ${new Date(task.createdAt).toISOString()}`,
  ];
  if (task.startedAt !== undefined) {
    lines.push(
      `took      ${duration((task.endedAt ?? now) - task.startedAt)}, ${count(task.delivery, 'delivery').replace(/ys$/, 'ies')}`,
    );
  }
  lines.push(`used      ${tokens(task.usage)}, ${cost(task.costUsd)}`);
  if (task.retryOf !== undefined) lines.push(`repeats   ${task.retryOf}`);
  if (task.error !== undefined) lines.push(`error     ${colors.red(task.error.code)}: ${task.error.message}`);
  if (task.deadLetterId !== undefined) lines.push(`kept as   ${task.deadLetterId}`);
  lines.push('', ...branches(shown, '', options));
  const answer = task.result?.text;
  if (answer !== undefined) lines.push('', isFull ? answer : excerpt(answer, width * 3));
  return lines;
}

/** A status in its colour. */
export function statusText(status: TaskStatus, colors: Colors): string {
  if (status === 'completed') return colors.green(status);
  if (status === 'failed') return colors.red(status);
  return status === 'waiting' || status === 'paused' ? colors.yellow(status) : status;
}

function branches({ steps, children }: ShownTask, indent: string, options: RenderOptions): string[] {
  return steps.flatMap((step, index) => {
    const isLast = index === steps.length - 1;
    const [branch, below] = isLast ? ['└─ ', '   '] : ['├─ ', '│  '];
    const child = children.find(({ task }) => task.id === step.childTaskId);
    return [
      `${indent}${branch}${stepLine(step, options)}`,
      ...detail(step, `${indent}${below}`, options),
      ...(child === undefined ? [] : branches(child, `${indent}${below}`, options)),
    ];
  });
}

function stepLine(step: ShownStep, { colors }: RenderOptions): string {
  const parts = [step.kind === 'other' ? '' : step.kind.padEnd(5), colors.bold(step.name)];
  if (step.state === 'failed') parts.push(colors.red(step.problem ?? 'failed'));
  if (step.state === 'running') parts.push(colors.yellow('under way'));
  if (step.durationMs !== null) parts.push(duration(step.durationMs));
  if (step.usage !== null) parts.push(tokens(step.usage), cost(step.costUsd ?? undefined));
  if (step.delivery > 1) parts.push(`delivery ${step.delivery}`);
  return parts.filter((part) => part !== '').join('  ');
}

function detail({ input, output }: ShownStep, indent: string, { isFull, width, colors }: RenderOptions): string[] {
  const entries: [string, string][] = [];
  if (input !== null) entries.push(['in', typeof input === 'string' ? input : JSON.stringify(input)]);
  if (output !== null) entries.push(['out', output]);
  return entries.flatMap(([label, text]) => {
    const lines = isFull ? text.split('\n') : [excerpt(text, Math.max(20, width - indent.length - 10))];
    return lines.map((line, index) => `${indent}${colors.dim(`${index === 0 ? label.padEnd(4) : '    '} ${line}`)}`);
  });
}
