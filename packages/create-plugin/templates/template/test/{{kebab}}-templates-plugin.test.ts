import { describeTemplatePlugin } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { {{camel}}TemplatesPlugin } from '../src/index.js';

await describeTemplatePlugin({{camel}}TemplatesPlugin(), { packageJson: new URL('../package.json', import.meta.url) });

it('says what it knows about, and how long to answer', () => {
  const [template] = {{camel}}TemplatesPlugin().contributes.templates ?? [];
  const definition = template?.build({ subject: 'coffee', style: 'brief' } as never);
  expect(definition?.instructions).toContain('about coffee');
  expect(definition?.instructions).toContain('three sentences');
});
