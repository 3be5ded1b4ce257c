import { createOrchestrator } from '@master-orchestrator/core';
import { reportingToolsPlugin } from '@master-orchestrator/tools-reporting';

const orchestrator = await createOrchestrator({ plugins: [reportingToolsPlugin({ outputDir: 'reports' })] });
await orchestrator.grantToolAccess({ tool: 'generate_report', to: { agent: 'writer' } });
const report = { title: 'Revenue', data: { revenue: [120, 135, 128, 160] }, format: ['markdown', 'html'] };
const { output } = await orchestrator.tools.executeTool('generate_report', 'writer', report);
console.log(output); // title, summary and the files it wrote
await orchestrator.shutdown();
