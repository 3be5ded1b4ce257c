import { createOrchestrator } from '@master-orchestrator/core';
import { webToolsPlugin } from '@master-orchestrator/tools-web';

const orchestrator = await createOrchestrator({ plugins: [webToolsPlugin({ allowedHosts: ['api.example.com'] })] });
await orchestrator.grantToolAccess({ tool: 'http_request', to: { agent: 'reporter' } });
const call = { url: 'http://169.254.169.254/latest/meta-data' };
const refused = await orchestrator.tools.executeTool('http_request', 'reporter', call).catch(String);
console.log(refused); // The request … was not sent: it is not among the allowed hosts.
await orchestrator.shutdown();
