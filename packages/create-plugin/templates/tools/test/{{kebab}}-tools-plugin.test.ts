import { describeToolPlugin, startJsonServer, testToolContext } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { {{camel}}ToolsPlugin } from '../src/index.js';

const service = await startJsonServer(({ path }) => [200, { text: `About ${decodeURIComponent(path.slice(1))}.` }]);

await describeToolPlugin({{camel}}ToolsPlugin({ baseUrl: service.url }), {
  packageJson: new URL('../package.json', import.meta.url),
  examples: { {{snake}}_lookup: [{ name: 'Lisbon' }] },
});

it('gives what the service knows', async () => {
  const [tool] = {{camel}}ToolsPlugin({ baseUrl: service.url }).contributes.tools ?? [];
  expect(await tool?.execute({ name: 'Lisbon' }, testToolContext())).toEqual({ text: 'About Lisbon.' });
});

it('fails as retryable when the service is out of order', async () => {
  await using broken = await startJsonServer(() => [503, {}]);
  const [tool] = {{camel}}ToolsPlugin({ baseUrl: broken.url }).contributes.tools ?? [];
  await expect(tool?.execute({ name: 'Lisbon' }, testToolContext())).rejects.toMatchObject({
    code: 'TOOL_FAILED',
    isRetryable: true,
  });
});
