import { buildExample, runExample } from '@master-orchestrator/example-support/testing';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'third-party-'));
beforeAll(() => buildExample('third-party-program'), 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('uses tool, template and strategy of the plugin', async () => {
  const { code, out, err } = await runExample('third-party-program', { folder });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain('tools look_up_term; templates terminologist; recoveryStrategies STEADY_RETRY');
  expect(out).toContain('CONNECTION_LOST: STEADY_RETRY decides to retry');
  expect(out).toContain('A slow reader makes a fast writer wait');
  expect(out).toContain('The glossary was asked 2 times.');
});

const PROGRAM = `
import { createOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { glossaryPlugin } from '@master-orchestrator/example-third-party-plugin';
const lookUp = async () => 'what it means';
const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), glossaryPlugin({ lookUp })] });
const factory = new AgentFactory(orchestrator);
console.log(factory.listTemplates().map(({ name, plugin }) => name + ' of ' + plugin).join());
const agentId = await factory.createAgent('terminologist', { audience: 'customers' });
const taskId = await orchestrator.createTask({ description: 'Look up the term "queue".', agentId });
console.log((await orchestrator.executeTask(taskId)).text);
await orchestrator.shutdown();
`;

it('is found and used where it is packed and unpacked outside the repository', { timeout: 120_000 }, () => {
  const scope = join(folder, 'app/node_modules/@master-orchestrator');
  const plugin = join(scope, 'example-third-party-plugin');
  mkdirSync(plugin, { recursive: true });
  const run = (command: string, args: readonly string[], cwd: string): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
    expect(`${status} ${stderr}`, `${command} ${args.join(' ')}\n${stdout}`).toMatch(/^0 /);
    return stdout;
  };
  run('pnpm', ['pack', '--pack-destination', folder], join(root, 'examples/third-party-plugin'));
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
  run('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', plugin], folder);
  // The packed plugin alone is a copy; what it runs with is linked in.
  for (const name of ['core', 'factory', 'contracts', 'errors'])
    symlinkSync(join(root, 'packages', name), join(scope, name));
  symlinkSync(join(root, 'plugins/model-offline'), join(scope, 'model-offline'));
  symlinkSync(join(root, 'packages/core/node_modules/zod'), join(folder, 'app/node_modules/zod'));
  writeFileSync(join(folder, 'app/main.mjs'), PROGRAM);
  const out = run(process.execPath, ['main.mjs'], join(folder, 'app'));
  expect(out).toContain('terminologist of @master-orchestrator/example-third-party-plugin');
  expect(out).toContain('what it means');
});
