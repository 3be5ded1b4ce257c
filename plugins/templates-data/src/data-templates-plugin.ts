import type { PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { dataAnalysisTeamTemplate } from './data-analysis-team.js';
import { dataAnalystTemplate } from './data-analyst.js';
import { dataEngineerTemplate } from './data-engineer.js';
import { reportWriterTemplate } from './report-writer.js';
import { version } from './version.js';
import { visualisationSpecialistTemplate } from './visualisation-specialist.js';

/** The options as the host checks and shows them: there are none. */
export const dataTemplatesOptions = z.strictObject({});

/**
 * Adds the agent templates `data-analyst`, `data-engineer`, `visualisation-specialist` and `report-writer`, and the team
 * template `data-analysis` that puts them together.
 */
export function dataTemplatesPlugin(): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/templates-data',
    version,
    contributes: {
      templates: [
        dataAnalystTemplate(),
        dataEngineerTemplate(),
        visualisationSpecialistTemplate(),
        reportWriterTemplate(),
      ],
      teamTemplates: [dataAnalysisTeamTemplate()],
    },
  };
}
