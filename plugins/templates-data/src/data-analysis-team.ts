import { defineTeamTemplate, type TeamMember, type TeamTemplate } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { agentParameters } from './agent-parameters.js';

const teamParameters = agentParameters.pick({ model: true, answerLanguage: true, focus: true }).extend({
  tools: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'All tools of the team: the analyst gets every one, the others those of their trade. Default: those of the templates.',
    ),
});

/** Parameters of the team template `data-analysis`. */
export type DataAnalysisTeamParameters = z.output<typeof teamParameters>;

/** Keys of the members of the team `data-analysis`. */
export type DataAnalysisMember = 'dataAnalyst' | 'dataEngineer' | 'visualisationSpecialist' | 'reportWriter';

/** Template of each member, and the tools of its trade, told by their names. */
const MEMBERS: Readonly<Record<DataAnalysisMember, { readonly template: string; readonly trade: RegExp }>> = {
  dataAnalyst: { template: 'data-analyst', trade: /^/ },
  dataEngineer: {
    template: 'data-engineer',
    trade: /json|csv|xml|sql|parse|query|file|directory|folder|http|fetch|url|database|convert|clean/i,
  },
  visualisationSpecialist: {
    template: 'visualisation-specialist',
    trade: /report|chart|plot|graph|visuali[sz]|draw|metric|statistic/i,
  },
  reportWriter: { template: 'report-writer', trade: /report|document|write|markdown|pdf/i },
};

/**
 * Team template `data-analysis`: an analyst who leads, an engineer who prepares data, a specialist for charts, a writer.
 * The lead may delegate to the others.
 */
export function dataAnalysisTeamTemplate(): TeamTemplate<DataAnalysisTeamParameters, DataAnalysisMember> {
  return defineTeamTemplate<typeof teamParameters, DataAnalysisMember>({
    name: 'data-analysis',
    description:
      'Analyses data and reports on it: an analyst leads an engineer, a visualisation specialist and a report writer.',
    parameters: teamParameters,
    build: ({ tools, ...shared }) => {
      const member = (key: DataAnalysisMember): TeamMember => {
        const { template, trade } = MEMBERS[key];
        const own = tools === undefined ? {} : { tools: tools.filter((tool) => trade.test(tool)) };
        return { template, parameters: { ...shared, ...own } };
      };
      return {
        name: 'data-analysis',
        members: {
          dataAnalyst: member('dataAnalyst'),
          dataEngineer: member('dataEngineer'),
          visualisationSpecialist: member('visualisationSpecialist'),
          reportWriter: member('reportWriter'),
        },
        lead: 'dataAnalyst',
      };
    },
  });
}
