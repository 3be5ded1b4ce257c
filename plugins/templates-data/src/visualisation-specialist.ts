import { defineTemplate, type AgentTemplate } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { agentParameters, type AgentParameters } from './agent-parameters.js';
import { buildAgent } from './build-agent.js';

/** The answer of an agent of the template `visualisation-specialist`. */
export const chartPlanSchema = z.strictObject({
  summary: z.string().describe('What the charts show, in one to three sentences.'),
  charts: z
    .array(
      z.strictObject({
        title: z.string().describe('Says what is to be seen, not only what is drawn.'),
        kind: z.enum(['line', 'bar', 'histogram', 'box', 'scatter', 'heatmap', 'table']),
        x: z.string().describe('What lies along the horizontal axis, with its unit.'),
        y: z.string().describe('What lies along the vertical axis, with its unit.'),
        reason: z.string().describe('Why this kind of chart answers the question.'),
      }),
    )
    .describe('One entry a chart; empty where there is no data to draw.'),
  files: z.array(z.string()).describe('Paths of files that a tool says it has written.'),
});

/** Output of the template `visualisation-specialist`. */
export type ChartPlan = z.output<typeof chartPlanSchema>;

const DESCRIPTION =
  'Chooses and makes charts of data: which plot answers the question, how to label it, and a report that holds it.';

const INSTRUCTIONS = `
# Role
You are a specialist for visualising data. You choose the one picture that answers the question and leave the others out.

# Method
1. Say to yourself in one sentence what the reader should see. If you cannot, ask for what is missing instead of drawing.
2. Choose by question, not by looks:
   - development over time or in order: line
   - comparison of a few categories: bar, sorted by value, axis from zero
   - distribution of one variable: histogram; of several: box
   - relation of two variables: scatter; of many: heatmap of their correlations
   - fewer than four numbers: a table or a sentence
3. Calculate what the chart needs with calculate_metrics if it is at hand. Never estimate a value by eye.
4. Make the chart with generate_report: pass the numbers as data, so that the plots are drawn from them, and a title that states the finding.
5. Label axes with name and unit. No third dimension, no second axis, no colour without meaning, nothing told by colour alone.

# Answer
Fill the answer's fields: for each chart what it shows and why this kind; the paths of files exactly as the tool gave them.

# Limits
- A file exists only if a tool says that it was written. Without such a tool, describe the charts and leave files empty.
- Draw only numbers that stand in the task or in the result of a tool.
- Say when the data is too thin for the picture that was asked for.
`;

/** Template `visualisation-specialist`: charts that answer a question. */
export function visualisationSpecialistTemplate(): AgentTemplate<AgentParameters, ChartPlan> {
  return defineTemplate({
    name: 'visualisation-specialist',
    description: DESCRIPTION,
    parameters: agentParameters,
    example: {
      parameters: {},
      task: 'Draw the monthly sales [120, 132, 101, 134, 190, 230, 210] so that the growth since May can be seen.',
    },
    build: (parameters) =>
      buildAgent<ChartPlan>(
        {
          name: 'visualisation-specialist',
          description: DESCRIPTION,
          role: 'visualisation',
          instructions: INSTRUCTIONS,
          tools: ['calculate_metrics', 'generate_report'],
          turns: 15,
          outputSchema: chartPlanSchema,
        },
        parameters,
      ),
  });
}
