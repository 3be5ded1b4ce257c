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
export { runPipeline, type PipelineOptions } from './shapes/pipeline.js';
export { runParallel, type Aggregate, type ParallelOptions } from './shapes/parallel.js';
export { runMapReduce, type MapReduceOptions } from './shapes/map-reduce.js';
export type { ShapeOptions, ShapeResult, ShapeStep } from './shapes/shape-run.js';
