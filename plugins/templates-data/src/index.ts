export { dataTemplatesOptions, dataTemplatesPlugin } from './data-templates-plugin.js';
export type { AgentParameters } from './agent-parameters.js';
export type { DataAnalysisMember, DataAnalysisTeamParameters } from './data-analysis-team.js';
export { preparedDataSchema, type PreparedData } from './data-engineer.js';
export { chartPlanSchema, type ChartPlan } from './visualisation-specialist.js';
