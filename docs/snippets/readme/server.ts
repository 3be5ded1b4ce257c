// #region serve
import { createOrchestrator } from '@master-orchestrator/core';
import { createServer } from '@master-orchestrator/server';

const orchestrator = await createOrchestrator();
const server = await createServer(orchestrator);
console.log(await server.listen({ port: 0 })); // a free port; without it, server.port: 6260
// #endregion
await server.shutdown();
