import { configuredPlugins } from '@master-orchestrator/config';
import { AgentFactory } from '@master-orchestrator/factory';
import { readProjectAgents } from '../agents/project-agents.js';
import { storedAgents } from '../agents/stored-agents.js';
import type { CompletionSource } from '../cli/command-spec.js';
import { BUNDLED_PLUGINS } from '../plugins/bundled-plugins.js';
import { availablePlugins } from '../plugins/discover-plugins.js';
import { loadProject, type Project } from '../project/load-project.js';
import { openOrchestrator, openStore } from '../project/open-orchestrator.js';
import { waitingItems } from '../runs/waiting-item.js';
import { LAST, newestTaskIds } from '../tasks/resolve-task-id.js';

/** Ids of tasks that are offered at most. */
const MOST_TASKS = 50;

/** Names of one kind in the project of a folder. */
export async function projectNames(source: Exclude<CompletionSource, 'files'>, cwd: string): Promise<string[]> {
  const project = await loadProject({ cwd, globals: { color: false } });
  switch (source) {
    case 'agents':
      return agentNames(project);
    case 'tasks':
      return [LAST, ...(await fromStore(project, (store) => newestTaskIds(store, MOST_TASKS)))];
    case 'waiting':
      return [
        LAST,
        ...(await fromStore(project, async (store) => (await waitingItems(store)).map(({ record }) => record.id))),
      ];
    case 'plugins':
      return [
        ...BUNDLED_PLUGINS.map(({ name }) => name),
        ...configuredPlugins(project.loaded.config),
        ...(await availablePlugins(project)).map(({ name }) => name),
      ];
    case 'templates':
    case 'teams':
    case 'tools':
      return pluginNames(source, cwd);
  }
}

async function agentNames(project: Project): Promise<string[]> {
  const own = (await readProjectAgents(project.directory)).flatMap(({ agent }) => agent?.name ?? []);
  const stored = await fromStore(project, async ({ engine }) =>
    (await storedAgents(engine.state)).map(({ definition }) => definition.name),
  );
  return [...own, ...stored];
}

async function fromStore(
  project: Project,
  read: (store: NonNullable<Awaited<ReturnType<typeof openStore>>>) => Promise<string[]>,
): Promise<string[]> {
  if (project.engineAddress.startsWith('memory:')) return [];
  const store = await openStore(project);
  if (store === undefined) return [];
  try {
    return await read(store);
  } finally {
    await store.shutdown({ drainMs: 0 });
  }
}

async function pluginNames(source: 'templates' | 'teams' | 'tools', cwd: string): Promise<string[]> {
  const project = await loadProject({ cwd, globals: { color: false } }, { isMemory: true });
  const { orchestrator } = await openOrchestrator(project, { isOffline: true });
  const kind = source === 'teams' ? 'team' : 'agent';
  const names =
    source === 'tools'
      ? orchestrator.tools.listTools().map(({ name }) => name)
      : new AgentFactory(orchestrator)
          .listTemplates()
          .flatMap((template) => (template.kind === kind ? template.name : []));
  await orchestrator.shutdown({ drainMs: 0 });
  return names;
}
