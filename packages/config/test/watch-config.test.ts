import { setImmediate as nextTurn } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { virtualClock, type VirtualClock } from '@master-orchestrator/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  loadConfig,
  watchConfig,
  type ConfigChange,
  type ConfigWatcher,
  type WatchConfigOptions,
} from '../src/index.js';
import { alone, temporaryFolder, type Folder } from './helpers.js';

interface Watched {
  readonly watcher: ConfigWatcher;
  readonly clock: VirtualClock;
  readonly applied: (ConfigChange & { readonly isRollback: boolean; readonly turns: number })[];
  readonly rejected: unknown[];
  /** Lets the watcher look twice: once to see a change, once to see that it stands still. */ settle(): Promise<void>;
}

async function watched(folder: Folder, options: Partial<WatchConfigOptions> = {}): Promise<Watched> {
  const clock = virtualClock();
  const applied: Watched['applied'] = [];
  const rejected: unknown[] = [];
  const watcher = await watchConfig({
    ...alone(folder),
    clock,
    apply: ({ config }, change) => void applied.push({ ...change, turns: config.agents.turns }),
    onReject: (error) => void rejected.push(error),
    ...options,
  });
  onTestFinished(() => watcher.close());
  const settle = async (): Promise<void> => {
    for (let look = 0; look < 2; look++) {
      await clock.advanceAsync(1_000);
      while (clock.pendingTimers === 0) await nextTurn(); // the look has ended when the next one is set
    }
  };
  return { watcher, clock, applied, rejected, settle };
}

describe('watchConfig', () => {
  it('takes over the reloadable settings of a changed file and lists the others', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    const w = await watched(folder);
    await folder.write('mao.config.yaml', 'agents: { turns: 44 }\nserver: { port: 1 }');
    await w.settle();
    expect(w.applied).toEqual([
      { reloaded: ['agents.turns'], needsRestart: ['server.port'], isRollback: false, turns: 44 },
    ]);
    expect(w.watcher.current.config.agents.turns).toBe(44);
    expect(w.watcher.current.config.server.port).toBe(6_260);
    expect(w.watcher.current.sources.get('agents.turns')).toMatchObject({ kind: 'project-file', line: 1 });
  });

  it('applies at once what changed since the configuration in force was loaded', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    const current = await loadConfig(alone(folder));
    await folder.write('mao.config.yaml', 'agents: { turns: 44 }');
    const w = await watched(folder, { current });
    expect(w.applied).toEqual([{ reloaded: ['agents.turns'], needsRestart: [], isRollback: false, turns: 44 }]);
    await w.settle();
    expect(w.applied).toHaveLength(1);
  });

  it('keeps what it has when the new file is bad, and says why', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    const w = await watched(folder);
    await folder.write('mao.config.yaml', 'agents: { turns: many }');
    await w.settle();
    expect(w.rejected).toMatchObject([{ code: 'CONFIG_INVALID' }]);
    expect(w.applied).toEqual([]);
    expect(w.watcher.current.config.agents.turns).toBe(3);
    await folder.write('mao.config.yaml', 'agents: { turns: 5 }');
    await w.settle();
    expect(w.watcher.current.config.agents.turns).toBe(5);
  });

  it('rolls back when the new configuration cannot be applied', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    const seen: [number, boolean][] = [];
    const w = await watched(folder, {
      apply: ({ config }, { isRollback }) => {
        seen.push([config.agents.turns, isRollback]);
        if (!isRollback) throw new Error('no');
      },
    });
    await folder.write('mao.config.yaml', 'agents: { turns: 4 }');
    await expect(w.watcher.reload()).resolves.toBeUndefined();
    expect(seen).toEqual([
      [4, false],
      [3, true],
    ]);
    expect(w.watcher.current.config.agents.turns).toBe(3);
    expect(w.rejected).toMatchObject([{ message: 'no' }]);
  });

  it('sees a file that comes and one that goes', async () => {
    const folder = await temporaryFolder();
    const w = await watched(folder);
    await folder.write('.env', 'MAO_AGENTS__TURNS=6');
    await w.settle();
    await rm(join(folder.path, '.env'));
    await w.settle();
    expect(w.applied.map(({ turns }) => turns)).toEqual([6, 20]);
  });

  it('waits until a file stands still', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    const w = await watched(folder);
    await folder.write('mao.config.yaml', '');
    await w.clock.advanceAsync(1_000);
    while (w.clock.pendingTimers === 0) await nextTurn();
    await folder.write('mao.config.yaml', 'agents: { turns: 44 }');
    await w.settle();
    await w.settle();
    expect(w.applied.map(({ turns }) => turns)).toEqual([44]);
  });

  it('does nothing while nothing changes, and nothing after close', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    const w = await watched(folder);
    await w.settle();
    w.watcher.close();
    await folder.write('mao.config.yaml', 'agents: { turns: 4 }');
    await w.clock.advanceAsync(5_000);
    expect(w.clock.pendingTimers).toBe(0);
    expect(w.applied).toEqual([]);
  });

  it('runs reloads one after the other', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents: { turns: 3 }' });
    let running = 0;
    let most = 0;
    const w = await watched(folder, {
      apply: async () => {
        most = Math.max(most, ++running);
        await nextTurn();
        running--;
      },
    });
    await folder.write('mao.config.yaml', 'agents: { turns: 4 }\nserver: { port: 2 }');
    await Promise.all([w.watcher.reload(), w.watcher.reload(), w.watcher.reload()]);
    expect(most).toBe(1);
  });

  it('throws at the start for a configuration that is bad already', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'x: 1' });
    await expect(watched(folder)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
