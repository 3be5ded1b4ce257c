import type { AgentView } from '@master-orchestrator/contracts';
import { nearest, type MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { AgentFactory } from '@master-orchestrator/factory';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_FILE, readAgentFile, type AgentFile, type AgentReading } from './agent-file.js';
import { invalidFiles } from './read-yaml.js';

/** Folder of a project that holds its agents, one folder each. */
export const AGENTS_FOLDER = 'agents';

/** Reads every agent of a project, in order of their folders' names. Never rejects. */
export async function readProjectAgents(directory: string): Promise<AgentReading[]> {
  const root = join(directory, AGENTS_FOLDER);
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
  const isAgent = await Promise.all(folders.map(async (folder) => hasFile(join(folder, AGENT_FILE))));
  return Promise.all(
    folders
      .filter((_, index) => isAgent[index])
      .toSorted()
      .map(readAgentFile),
  );
}

/**
 * The agents of a project.
 *
 * @throws OrchestratorError AGENT_INVALID with every problem of every file
 */
export async function projectAgents(directory: string): Promise<AgentFile[]> {
  const readings = await readProjectAgents(directory);
  const issues = readings.flatMap((reading) => reading.issues);
  if (issues.length > 0) throw invalidFiles('The agents of this project', issues);
  const agents = readings.flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
  const names = agents.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return agents;
  const files = agents.filter(({ name }) => name === twice).map(({ file }) => file);
  throw new OrchestratorError('AGENT_INVALID', `Two agents are named "${twice}": ${files.join(' and ')}. Rename one.`);
}

/**
 * Creates agents of a project, those they hand work to first; one that this process has already is taken as it is.
 *
 * @param wanted - Names; the agents they delegate to come along. All where it is left out.
 * @returns what was created, by name
 * @throws OrchestratorError AGENT_INVALID, AGENT_UNKNOWN, TOOL_UNKNOWN, TEMPLATE_UNKNOWN
 */
export async function createProjectAgents(
  orchestrator: MasterOrchestrator,
  factory: AgentFactory,
  agents: readonly AgentFile[],
  wanted: readonly string[] = agents.map(({ name }) => name),
): Promise<Map<string, AgentView>> {
  const created = new Map<string, AgentView>();
  const create = async (name: string, chain: readonly string[]): Promise<void> => {
    if (created.has(name)) return;
    const agent = agents.find((each) => each.name === name);
    if (agent === undefined) throw unknownAgent(name, agents, chain.at(-1));
    if (chain.includes(name)) {
      throw new OrchestratorError(
        'AGENT_INVALID',
        `The agents hand work round in a circle: ${[...chain, name].join(' -> ')}. Take one of them out of the "delegates" of another.`,
      );
    }
    for (const delegate of agent.delegates) await create(delegate, [...chain, name]);
    created.set(name, await createOne(orchestrator, factory, agent));
  };
  for (const name of wanted) await create(name, []);
  return created;
}

async function createOne(
  orchestrator: MasterOrchestrator,
  factory: AgentFactory,
  { name, source, file }: AgentFile,
): Promise<AgentView> {
  const [known] = await orchestrator.listAgents({ name });
  if (known !== undefined) return known;
  try {
    const id =
      source.kind === 'definition'
        ? await orchestrator.createAgent(source.definition)
        : await factory.createAgent(source.template, { name, ...source.parameters }, { tools: source.tools });
    return await orchestrator.getAgent(id);
  } catch (cause) {
    if (!OrchestratorError.isInstance(cause)) throw cause;
    const { code, category, advice } = cause;
    throw new OrchestratorError(code, `${file}: ${cause.message}`, {
      cause,
      category,
      ...(advice === undefined ? {} : { advice }),
    });
  }
}

function unknownAgent(name: string, agents: readonly AgentFile[], by: string | undefined): OrchestratorError {
  const names = agents.map((agent) => agent.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `Known: ${names.join(', ') || 'none'}.` : `Did you mean "${near}"?`;
  const who = by === undefined ? '' : `Agent "${by}" hands work to "${name}". `;
  return new OrchestratorError('AGENT_UNKNOWN', `${who}There is no agent "${name}" in the project. ${hint}`);
}

async function hasFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}
