import type { AgentId, TaskId, TaskResult } from '@master-orchestrator/contracts';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import type { MasterOrchestrator, RunHandle } from '../src/index.js';

declare const orchestrator: MasterOrchestrator;
const outputSchema = z.object({ total: z.number() });

const agent = await orchestrator.createAgent({ name: 'a', instructions: 'x', outputSchema });
expectTypeOf(agent).toEqualTypeOf<AgentId<{ total: number }>>();
const task = await orchestrator.createTask({ description: 'x', agentId: agent });
expectTypeOf(task).toEqualTypeOf<TaskId<{ total: number }>>();
expectTypeOf(await orchestrator.executeTask(task)).toEqualTypeOf<TaskResult<{ total: number }>>();
expectTypeOf(orchestrator.run('x', { agentId: agent })).toEqualTypeOf<RunHandle<{ total: number }>>();
const shaped = await orchestrator.createTask({
  description: 'x',
  agentId: 'agent_a',
  outputSchema: z.array(z.string()),
});
expectTypeOf((await orchestrator.executeTask(shaped)).output).toEqualTypeOf<string[]>();
const plain = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
expectTypeOf((await orchestrator.run('x', { agentId: plain }).result).output).toEqualTypeOf<string>();
