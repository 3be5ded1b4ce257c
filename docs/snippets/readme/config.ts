import { explain, loadConfig } from '@master-orchestrator/config';

const loaded = await loadConfig({ cwd: process.cwd() });
console.log(loaded.config.maxConcurrentAgents); // 10
for (const { path, value, origin } of explain(loaded)) console.log(path, value, origin);
