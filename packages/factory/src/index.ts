export {
  AgentFactory,
  type DataAnalysisTeam,
  type DevelopmentTeam,
  type Team,
  type TemplateView,
} from './agent-factory.js';
export type { Master, MasterOptions } from './master/master.js';
export type { AchieveOptions, ExecutedTask, GoalResult } from './master/goal.js';
export type { Plan, PlanTask } from './master/plan.js';
