import { createOrchestrator } from '@master-orchestrator/core';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';

const orchestrator = await createOrchestrator({ plugins: [filesToolsPlugin({ roots: ['./data'] })] });
for (const tool of ['write_file', 'read_file']) await orchestrator.grantToolAccess({ tool, to: { agent: 'clerk' } });
await orchestrator.tools.executeTool('write_file', 'clerk', { path: 'notes/june.md', content: '# June\n' });
const { output } = await orchestrator.tools.executeTool('read_file', 'clerk', { path: 'notes/june.md' });
console.log(output);
await orchestrator.shutdown();
