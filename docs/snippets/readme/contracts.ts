// #region plugin
import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';

const roll = defineTool({
  name: 'roll_dice',
  description: 'Rolls one die and gives the number of eyes.',
  inputSchema: z.object({ sides: z.number().int().min(2).max(100).describe('Sides of the die.') }),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async ({ sides }) => ({ eyes: 1 + Math.floor(Math.random() * sides) }),
});

export function dicePlugin(): PluginV1 {
  return { specificationVersion: 'v1', name: 'mao-plugin-dice', version: '1.0.0', contributes: { tools: [roll] } };
}
// #endregion
import { createOrchestrator } from '@master-orchestrator/core';

const orchestrator = await createOrchestrator({ plugins: [dicePlugin()] });
const { output } = await orchestrator.tools.executeTool('roll_dice', 'player', { sides: 6 });
console.log('rolled', (output as { eyes: number }).eyes <= 6);
await orchestrator.shutdown();
