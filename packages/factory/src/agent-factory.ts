import type {
  AgentDefinition,
  AgentId,
  AnyTeamTemplate,
  AnyTemplate,
  PluginV1,
  TeamDefinition,
  TeamMember,
} from '@master-orchestrator/contracts';
import { nearest, type CreateAgentOptions, type MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { createMaster, type Master, type MasterOptions } from './master/master.js';
import { readParameters } from './read-parameters.js';
import { built, definitionFrom } from './template-build.js';

/** A team that was created: the ids of its members under their names. */
export type Team<Names extends string = string> = {
  readonly [Name in Names]: AgentId;
} & {
  /** Unique name of this team; tasks may be given to it. */ readonly teamName: string;
  /** Id of the member that gets the team's tasks. */ readonly leadId: AgentId;
  /** All members by name. */ readonly members: Readonly<Record<Names, AgentId>>;
};

/** Members of the team that the template `data-analysis` makes. */
export type DataAnalysisTeam = Team<'dataAnalyst' | 'dataEngineer' | 'visualisationSpecialist' | 'reportWriter'>;

/** Members of the team that the template `development` makes. */
export type DevelopmentTeam = Team<
  'codeReviewer' | 'architect' | 'testingSpecialist' | 'documentation' | 'projectManager' | 'securityAnalyst'
>;

/** A template as listings show it. */
export interface TemplateView {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly kind: 'agent' | 'team';
  /** JSON Schema of its parameters. */ readonly parameters: Readonly<Record<string, unknown>>;
  /** Plugin it comes from; absent for one that code added. */ readonly plugin?: string;
}

interface Known<Template> {
  readonly template: Template;
  /** Absent for one that the app added. */ readonly plugin?: string;
}

/** Makes agents and teams from the templates that plugins contribute. */
export class AgentFactory {
  readonly #orchestrator: MasterOrchestrator;
  /** Those of the app; those of plugins are looked up when they are wanted, as plugins come and go. */
  readonly #own = new Map<string, AnyTemplate>();
  readonly #ownTeams = new Map<string, AnyTeamTemplate>();
  #teams = 0;

  constructor(orchestrator: MasterOrchestrator) {
    this.#orchestrator = orchestrator;
  }

  /** Adds a template of the app itself. @throws OrchestratorError PLUGIN_CONTRIBUTION_DUPLICATE */
  addTemplate(template: AnyTemplate): void {
    if (this.#templates().has(template.name)) throw duplicate('template', template.name);
    this.#own.set(template.name, template);
  }

  /** Adds a team template of the app itself. @throws OrchestratorError PLUGIN_CONTRIBUTION_DUPLICATE */
  addTeamTemplate(template: AnyTeamTemplate): void {
    if (this.#teamTemplates().has(template.name)) throw duplicate('team template', template.name);
    this.#ownTeams.set(template.name, template);
  }

  /**
   * Creates an agent from a template.
   *
   * @param parameters - Checked by the template's schema.
   * @param options - `tools` are added to the template's; `id` fixes the id.
   * @throws OrchestratorError TEMPLATE_UNKNOWN, TEMPLATE_PARAMETERS_INVALID, and those of `createAgent`
   */
  async createAgent(
    templateName: string,
    parameters: unknown = {},
    options: CreateAgentOptions = {},
  ): Promise<AgentId> {
    const definition = definitionFrom(templateName, parameters, (name) => this.#template(name));
    return this.#orchestrator.createAgent(definition, { ...options, template: templateName });
  }

  /** Creates an agent from a definition of your own. @throws OrchestratorError those of `createAgent` */
  async createCustomAgent<Output = string, UserContext = unknown, UserContextInput = UserContext>(
    definition: AgentDefinition<Output, UserContext, UserContextInput>,
    options: CreateAgentOptions = {},
  ): Promise<AgentId<Output, UserContextInput>> {
    return this.#orchestrator.createAgent(definition, options);
  }

  /**
   * Creates the team of the template `data-analysis`.
   *
   * @param parameters - `tools`: tools its members may use, beside further parameters of the template.
   * @throws OrchestratorError TEAM_TEMPLATE_UNKNOWN where no plugin brings the template
   */
  async createDataAnalysisTeam(
    parameters: { readonly tools?: readonly string[]; readonly [key: string]: unknown } = {},
  ): Promise<DataAnalysisTeam> {
    return (await this.createTeam('data-analysis', parameters)) as unknown as DataAnalysisTeam;
  }

  /**
   * Creates the team of the template `development`.
   *
   * @param parameters - `languages`, `tools`, beside further parameters of the template.
   * @throws OrchestratorError TEAM_TEMPLATE_UNKNOWN where no plugin brings the template
   */
  async createDevelopmentTeam(
    parameters: {
      readonly languages?: readonly string[];
      readonly tools?: readonly string[];
      readonly [key: string]: unknown;
    } = {},
  ): Promise<DevelopmentTeam> {
    return (await this.createTeam('development', parameters)) as unknown as DevelopmentTeam;
  }

  /**
   * Creates all members of a team. The lead may hand work to the others.
   *
   * @throws OrchestratorError TEAM_TEMPLATE_UNKNOWN, TEMPLATE_PARAMETERS_INVALID, and those of `createAgent`; then no
   * member is left behind
   */
  async createTeam(templateName: string, parameters: unknown = {}): Promise<Team> {
    const templates = this.#teamTemplates();
    const found = templates.get(templateName);
    if (found === undefined)
      throw unknownTemplate('TEAM_TEMPLATE_UNKNOWN', 'team template', templateName, templates.keys());
    const { template } = found;
    const label = `Team template "${templateName}"`;
    const given = readParameters(template.parameters, parameters, label);
    const definition = built(label, () => template.build(given as never));
    return this.#assemble(definition);
  }

  /** Says what is wrong with a template's name or parameters, or `undefined` where an agent could be made. */
  problemOfTemplate(templateName: string, parameters: unknown): string | undefined {
    try {
      definitionFrom(templateName, parameters, (name) => this.#template(name));
      return undefined;
    } catch (error) {
      if (OrchestratorError.isInstance(error)) return error.message;
      throw error;
    }
  }

  /** Every template with the schema of its parameters, agent templates first. */
  listTemplates(): TemplateView[] {
    return [
      ...[...this.#templates().values()].map((entry) => viewOf('agent', entry)),
      ...[...this.#teamTemplates().values()].map((entry) => viewOf('team', entry)),
    ];
  }

  /**
   * Creates a master: it splits a goal into tasks, gives them to agents of a team or to agents it makes from templates,
   * runs them in parallel where it can, and answers from the results.
   */
  async createMaster(options: MasterOptions = {}): Promise<Master> {
    return createMaster(this.#orchestrator, this, options);
  }

  async #assemble(definition: TeamDefinition): Promise<Team> {
    this.#teams += 1;
    const teamName = this.#teams === 1 ? definition.name : `${definition.name}-${this.#teams}`;
    const names = Object.keys(definition.members);
    const lead = definition.lead ?? names[0];
    if (lead === undefined || !names.includes(lead)) {
      throw new OrchestratorError(
        'AGENT_INVALID',
        `Team "${definition.name}" has no member "${String(definition.lead)}" to lead it.`,
      );
    }
    const ids: Record<string, AgentId> = {};
    try {
      for (const name of [...names.filter((each) => each !== lead), lead]) {
        const delegates = name === lead ? Object.values(ids) : [];
        ids[name] = await this.#createMember(definition.members[name] as TeamMember, teamName, delegates);
      }
    } catch (error) {
      for (const id of Object.values(ids)) await this.#orchestrator.deleteAgent(id);
      throw error;
    }
    this.#orchestrator.setTeamLead(teamName, ids[lead] as string);
    return { ...ids, teamName, leadId: ids[lead] as AgentId, members: { ...ids } } as Team;
  }

  async #createMember(member: TeamMember, team: string, delegates: readonly string[]): Promise<AgentId> {
    const base =
      'template' in member
        ? definitionFrom(member.template, member.parameters ?? {}, (name) => this.#template(name))
        : member.definition;
    const all = [...new Set([...(base.delegates ?? []), ...delegates])];
    const definition = all.length === 0 ? base : { ...base, delegates: all };
    return this.#orchestrator.createAgent(definition, {
      team,
      ...(member.tools === undefined ? {} : { tools: member.tools }),
      ...('template' in member ? { template: member.template } : {}),
    });
  }

  #template(name: string): AnyTemplate {
    const templates = this.#templates();
    const found = templates.get(name);
    if (found === undefined) throw unknownTemplate('TEMPLATE_UNKNOWN', 'template', name, templates.keys());
    return found.template;
  }

  #templates(): Map<string, Known<AnyTemplate>> {
    return knownTemplates(this.#orchestrator.plugins.contributions('templates'), this.#own);
  }

  #teamTemplates(): Map<string, Known<AnyTeamTemplate>> {
    return knownTemplates(this.#orchestrator.plugins.contributions('teamTemplates'), this.#ownTeams);
  }
}

/** By name: those that plugins bring, then those of the app, which win over one that a plugin brought later. */
function knownTemplates<Template extends { readonly name: string }>(
  ofPlugins: readonly { readonly plugin: PluginV1; readonly value: Template }[],
  own: ReadonlyMap<string, Template>,
): Map<string, Known<Template>> {
  const templates = new Map<string, Known<Template>>();
  for (const { plugin, value } of ofPlugins) templates.set(value.name, { template: value, plugin: plugin.name });
  for (const [name, template] of own) templates.set(name, { template });
  return templates;
}

function viewOf(kind: 'agent' | 'team', { template, plugin }: Known<AnyTemplate | AnyTeamTemplate>): TemplateView {
  return {
    name: template.name,
    version: template.version ?? '1.0.0',
    description: template.description,
    kind,
    parameters: z.toJSONSchema(template.parameters, { io: 'input', unrepresentable: 'any' }),
    ...(plugin === undefined ? {} : { plugin }),
  };
}

function duplicate(kind: string, name: string): OrchestratorError {
  return new OrchestratorError(
    'PLUGIN_CONTRIBUTION_DUPLICATE',
    `There is a ${kind} "${name}" already. Choose another name.`,
  );
}

function unknownTemplate(code: string, kind: string, name: string, known: Iterable<string>): OrchestratorError {
  const names = [...known];
  const guess = nearest(name, names);
  const hint =
    guess !== undefined
      ? `Did you mean "${guess}"?`
      : `Known: ${names.join(', ') || 'none; add a plugin that brings templates'}.`;
  return new OrchestratorError(code, `There is no ${kind} "${name}". ${hint}`);
}
