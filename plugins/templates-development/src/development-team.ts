import { defineTeamTemplate, type TeamMember, type TeamTemplate } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { agentParameters } from './agent-parameters.js';

const teamParameters = agentParameters
  .pick({ model: true, languages: true, answerLanguage: true, focus: true })
  .extend({
    tools: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'All tools of the team: each member gets those of its trade, the lead those of nobody. Default: those of the templates.',
      ),
  });

/** Parameters of the team template `development`. */
export type DevelopmentTeamParameters = z.output<typeof teamParameters>;

/** Keys of the members of the team `development`. */
export type DevelopmentMember =
  | 'codeReviewer'
  | 'architect'
  | 'testingSpecialist'
  | 'documentation'
  | 'projectManager'
  | 'securityAnalyst';

/** Template of each member, and the tools of its trade, told by their names. */
const MEMBERS: Readonly<Record<DevelopmentMember, { readonly template: string; readonly trade: RegExp }>> = {
  codeReviewer: { template: 'code-reviewer', trade: /read|list|directory|search|code|lint|diff|git|syntax|symbol/i },
  architect: { template: 'system-architect', trade: /read|list|directory|search|git|diagram|depend|symbol/i },
  testingSpecialist: { template: 'testing-specialist', trade: /read|list|directory|search|code|test|coverage|lint/i },
  documentation: {
    template: 'documentation-writer',
    trade: /read|list|directory|search|write|document|markdown|report|changelog/i,
  },
  projectManager: {
    template: 'project-manager',
    trade: /report|issue|ticket|task|milestone|calendar|schedule|metric|json|csv/i,
  },
  securityAnalyst: {
    template: 'security-analyst',
    trade: /read|list|directory|search|code|http|fetch|url|scan|audit|secur|vulnerab|depend|secret/i,
  },
};

/**
 * Team template `development`: a project manager who leads a code reviewer, an architect, a testing specialist, a
 * documentation writer and a security analyst, and may delegate to them.
 */
export function developmentTeamTemplate(): TeamTemplate<DevelopmentTeamParameters, DevelopmentMember> {
  return defineTeamTemplate<typeof teamParameters, DevelopmentMember>({
    name: 'development',
    description:
      'Develops and judges software: a project manager leads review, architecture, testing, documentation and security.',
    parameters: teamParameters,
    build: ({ tools, ...shared }) => {
      const member = (key: DevelopmentMember, more: object = {}): TeamMember => {
        const own = tools === undefined ? {} : { tools: toolsOf(key, tools) };
        return { template: MEMBERS[key].template, parameters: { ...shared, ...own, ...more } };
      };
      return {
        name: 'development',
        members: {
          codeReviewer: member('codeReviewer'),
          architect: member('architect'),
          testingSpecialist: member('testingSpecialist'),
          documentation: member('documentation'),
          projectManager: member('projectManager', { leads: true }),
          securityAnalyst: member('securityAnalyst'),
        },
        lead: 'projectManager',
      };
    },
  });
}

/** The tools of a member's trade; the lead also takes those that are of nobody's. */
function toolsOf(key: DevelopmentMember, tools: readonly string[]): string[] {
  const trades = Object.values(MEMBERS).map(({ trade }) => trade);
  const isLead = key === 'projectManager';
  return tools.filter((tool) => MEMBERS[key].trade.test(tool) || (isLead && !trades.some((trade) => trade.test(tool))));
}
