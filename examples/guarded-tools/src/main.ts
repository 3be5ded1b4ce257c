import { createOrchestrator } from '@master-orchestrator/core';
import { filesToolsPlugin } from '@master-orchestrator/tools-files';
import { webToolsPlugin } from '@master-orchestrator/tools-web';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Usage: main.js [folder]. Makes calls as an agent could ask for them; no model, no key. */
const [folder = '.mao'] = process.argv.slice(2);
mkdirSync(join(folder, 'notes'), { recursive: true });
writeFileSync(join(folder, 'notes/hello.txt'), 'a note');
writeFileSync(join(folder, 'secret.txt'), 'not for agents');

/** A page on this machine: reached only because it is allowed by host and port. */
const server = createServer((_request, response) => response.end('<h1>A page</h1>'));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const here = `127.0.0.1:${(server.address() as AddressInfo).port}`;

const orchestrator = await createOrchestrator({
  config: { tools: { allowPrivateHosts: [here] } },
  plugins: [filesToolsPlugin({ roots: [join(folder, 'notes')] }), webToolsPlugin({ allowPrivateHosts: [here] })],
});
await orchestrator.grantToolAccess({ tool: 'read_file', to: { agent: 'clerk' } });
await orchestrator.grantToolAccess({
  tool: 'http_request',
  to: { agent: 'clerk' },
  constraints: { arguments: [{ field: 'method', oneOf: ['GET'] }] },
});

const calls: readonly (readonly [agent: string, tool: string, args: object])[] = [
  ['clerk', 'http_request', { url: `http://${here}/`, method: 'GET' }],
  ['clerk', 'http_request', { url: `http://${here}/`, method: 'DELETE' }],
  ['clerk', 'http_request', { url: 'http://169.254.169.254/latest/meta-data/', method: 'GET' }],
  ['clerk', 'http_request', { url: 'http://[::1]:22/', method: 'GET' }],
  ['clerk', 'read_file', { path: 'hello.txt' }],
  ['clerk', 'read_file', { path: '../secret.txt' }],
  ['clerk', 'write_file', { path: 'hello.txt', content: 'changed' }],
  ['guest', 'read_file', { path: 'hello.txt' }],
];
for (const [agent, tool, args] of calls) {
  const end = await orchestrator.tools.executeTool(tool, agent, args).then(
    ({ text }) => text,
    (error: { readonly code: string; readonly message: string }) => `${error.code}: ${error.message}`,
  );
  console.log(`${agent} ${tool} ${JSON.stringify(args)}\n  ${end}`);
}

console.log('\nWhat was allowed and denied:');
const { items } = await orchestrator.tools.decisions();
for (const { agentId, tool, decision, reason } of items) console.log(`  ${decision} ${agentId} ${tool}: ${reason}`);
await orchestrator.shutdown();
server.close();
