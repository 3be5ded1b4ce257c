import { defineTool, type AgentDefinition, type ModelItem } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { createTestOrchestrator, type TestOrchestratorOptions } from '@master-orchestrator/core/testing';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import {
  scriptedModel,
  type ModelStep,
  type ModelStepFunction,
  type ScriptedModel,
} from '@master-orchestrator/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** One start of a program, with what its model was asked. */
export interface Start {
  readonly orchestrator: MasterOrchestrator;
  readonly model: ScriptedModel;
  stop(): Promise<void>;
}

/** What a start may differ in. */
export interface StartOptions extends Omit<TestOrchestratorOptions, 'models'> {
  readonly agent?: Partial<AgentDefinition<unknown>>;
}

let starts = 0;

/** Path of a file that does not exist yet, in a folder that goes with the test. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'restart-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'tasks.db');
}

/** An orchestrator of its own over the file, with the agent `worker`, as each start of a program makes them. */
export async function startOn(
  file: string,
  steps: readonly (ModelStep | ModelStepFunction)[] | ModelStepFunction,
  { agent, plugins, config, ...options }: StartOptions = {},
): Promise<Start> {
  const model = scriptedModel(steps);
  const orchestrator = await createTestOrchestrator({
    createId: idsOf((starts += 1)),
    ...options,
    models: [model],
    plugins: plugins ?? [sqliteEnginePlugin()],
    config: { engine: { address: `sqlite:${file}` }, ...config },
  });
  const stop = (): Promise<void> => orchestrator.shutdown({ drainMs: 0 });
  onTestFinished(stop);
  await orchestrator.createAgent({ name: 'worker', instructions: 'Work.', ...agent }, { id: 'worker' });
  return { orchestrator, model, stop };
}

/** Pays, and is asked about before; `paid` is the bank's own book. */
export function payTool(paid: number[]) {
  return defineTool({
    name: 'pay',
    description: 'Pays an amount.',
    inputSchema: z.object({ amount: z.number() }),
    accessLevel: 'privileged',
    effect: 'unsafe',
    execute: async ({ amount }) => {
      paid.push(amount);
      return { isPaid: true };
    },
  });
}

/** Waits for what `read` finds. */
export async function waitFor<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The words of the messages among these items, in order. */
export function wordsOf(items: readonly ModelItem[]): string[] {
  return items.flatMap((item) => (item.type === 'message' && typeof item.content === 'string' ? [item.content] : []));
}

function idsOf(start: number): (kind: string) => string {
  let count = 0;
  return (kind) => `${kind}_s${start}n${(count += 1)}`;
}
