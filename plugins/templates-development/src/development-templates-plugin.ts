import type { PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { codeReviewerTemplate } from './code-reviewer.js';
import { developmentTeamTemplate } from './development-team.js';
import { documentationWriterTemplate } from './documentation-writer.js';
import { projectManagerTemplate } from './project-manager.js';
import { securityAnalystTemplate } from './security-analyst.js';
import { systemArchitectTemplate } from './system-architect.js';
import { testingSpecialistTemplate } from './testing-specialist.js';
import { version } from './version.js';

/** The options as the host checks and shows them: there are none. */
export const developmentTemplatesOptions = z.strictObject({});

/**
 * Adds the agent templates `code-reviewer`, `system-architect`, `testing-specialist`, `documentation-writer`,
 * `project-manager` and `security-analyst`, and the team template `development` that puts them together.
 */
export function developmentTemplatesPlugin(): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/templates-development',
    version,
    contributes: {
      templates: [
        codeReviewerTemplate(),
        systemArchitectTemplate(),
        testingSpecialistTemplate(),
        documentationWriterTemplate(),
        projectManagerTemplate(),
        securityAnalystTemplate(),
      ],
      teamTemplates: [developmentTeamTemplate()],
    },
  };
}
