/** Stands for a provider of somebody's own. */
export { openaiModelPlugin as myModelPlugin } from '@master-orchestrator/model-openai';
