import * as face from '@master-orchestrator/server';
import { expect, it } from 'vitest';

it('exports exactly these names', () => {
  expect(Object.keys(face).sort()).toEqual(['SCOPES', 'Server', 'createServer', 'shareEvents']);
});
