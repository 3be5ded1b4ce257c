import {
  defineTool,
  type AnyTool,
  type Effect,
  type ModelProvider,
  type PluginV1,
} from '@master-orchestrator/contracts';
import type { OrchestratorOptions } from '@master-orchestrator/core';
import { dbosEnginePlugin } from '@master-orchestrator/engine-dbos';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { join } from 'node:path';
import { z } from 'zod';
import { writeMark, type MarkKind } from './marks.js';

/** Which engine keeps the tasks. */
export type StoreName = 'sqlite' | 'dbos';

/** What all processes of one campaign are told. */
export interface Campaign {
  readonly store: StoreName;
  /** Where marks, and with SQLite the tasks, are. */ readonly folder: string;
  /** Where the PostgreSQL server of `dbos` lives. */ readonly server: string;
  /** Database of this campaign. */ readonly database: string;
  /** The process kills itself at this mark, the n-th time it comes there. */
  readonly dieAt?: { readonly kind: MarkKind; readonly step: string; readonly count: number };
}

/** Names of the tools are their effects. A run has five model calls and five tool calls. */
const TURNS: readonly (readonly Effect[])[] = [['pure', 'idempotent'], ['keyed'], ['unsafe'], ['pure']];
/** Steps of one run: model calls and tool calls. */
export const STEPS = TURNS.length + 1 + TURNS.flat().length;
/** Time a tool takes, in milliseconds. */
const TOOL_MS = 3;

/** What a tool gives for a job, whoever runs it. */
export function resultOf(step: string, job: number): { readonly value: number } {
  let hash = 7 + job;
  for (const letter of step) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
  return { value: hash };
}

/** The answer of an undisturbed run. */
export function expectedAnswer(job: number): string {
  const outputs = TURNS.flatMap((tools, turn) => tools.map((effect) => resultOf(stepName(effect, turn), job).value));
  return `Job ${job}: ${outputs.join(' ')}`;
}

/** Options of an orchestrator on the campaign's store, with its model and its tools. */
export function teamOptions(campaign: Campaign): OrchestratorOptions {
  const mark = marker(campaign);
  const plugin: PluginV1 = {
    specificationVersion: 'v1',
    name: 'example-kill-nine',
    version: '1.0.0',
    contributes: {
      models: [scriptedClerk(mark)],
      tools: (['pure', 'idempotent', 'keyed', 'unsafe'] as const).map((effect) => toolOf(effect, mark)),
    },
  };
  const { store, folder, server, database } = campaign;
  const address = store === 'sqlite' ? `sqlite:${join(folder, 'tasks.db')}` : `postgres-local:${server}`;
  return {
    config: { engine: { address, claimMs: 15_000 }, maxConcurrentAgents: 8, recovery: { parking: true } },
    plugins: [
      sqliteEnginePlugin(),
      dbosEnginePlugin({
        connections: 4,
        postgresLocal: { database, settings: { fsync: 'off', max_connections: '300' } },
      }),
      plugin,
    ],
    canAskPeople: true,
  };
}

/** The agent that every process creates alike. */
export const CLERK = { name: 'clerk', instructions: 'Do the job.', tools: ['pure', 'idempotent', 'keyed', 'unsafe'] };

type Marker = (kind: MarkKind, job: number, step: string, key?: string) => void;

function marker({ folder, dieAt }: Campaign): Marker {
  let count = 0;
  return (kind, job, step, key) => {
    writeMark(folder, kind, job, step, key);
    if (kind === dieAt?.kind && step === dieAt.step && ++count === dieAt.count) process.kill(process.pid, 'SIGKILL');
  };
}

function stepName(effect: Effect, turn: number): string {
  return `${effect}-${turn}`;
}

function toolOf(effect: Effect, mark: Marker): AnyTool {
  return defineTool({
    name: effect,
    description: `A tool whose effect is ${effect}.`,
    inputSchema: z.object({ job: z.number(), turn: z.number() }),
    accessLevel: 'restricted',
    effect,
    async execute({ job, turn }, { idempotencyKey }) {
      const step = stepName(effect, turn);
      mark('B', job, step, idempotencyKey);
      await new Promise((resolve) => setTimeout(resolve, TOOL_MS));
      mark('E', job, step, idempotencyKey);
      return resultOf(step, job);
    },
  });
}

/** A model that goes through {@link TURNS} and then tells what the tools gave. */
function scriptedClerk(mark: Marker): ModelProvider {
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0 };
  return {
    name: 'clerk',
    origin: 'clerk',
    models: ['rules'],
    describe: () => ({}),
    async respond({ items }) {
      const outputs = items.flatMap((item) => (item.type === 'tool-result' ? [item.output] : []));
      const job = Number(/Job (\d+)/.exec(JSON.stringify(items[0]))?.[1]);
      const turn = items.filter((item) => item.type === 'tool-call').length;
      const at = turnOf(turn);
      // What it is shown, the engine has kept: the tools of the turn before, and the answer that called them.
      if (at > 0) {
        mark('C', job, `model-${at - 1}`);
        for (const effect of TURNS[at - 1] ?? []) mark('C', job, stepName(effect, at - 1));
      }
      mark('B', job, `model-${at}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      mark('E', job, `model-${at}`);
      const tools = TURNS[at];
      if (tools === undefined) {
        const content = `Job ${job}: ${outputs.map(valueOf).join(' ')}`;
        return { items: [{ type: 'message', role: 'assistant', content }], usage, finish: 'stop' };
      }
      const calls = tools.map((effect) => ({
        type: 'tool-call' as const,
        callId: `${effect}-${at}`,
        name: effect,
        arguments: JSON.stringify({ job, turn: at }),
      }));
      return { items: calls, usage, finish: 'tool_calls' };
    },
  };
}

function turnOf(calls: number): number {
  let turn = 0;
  for (let left = calls; left > 0; turn += 1) left -= TURNS[turn]?.length ?? left;
  return turn;
}

function valueOf(output: string): number | string {
  try {
    return (JSON.parse(output) as { readonly value: number }).value;
  } catch {
    return output;
  }
}
