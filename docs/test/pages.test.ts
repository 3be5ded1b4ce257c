import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('shows programs as they are in their files, begins each README as it must, and links to what is there', () => {
  const check = join(import.meta.dirname, '../check.mjs');
  const { stderr, status } = spawnSync(process.execPath, [check, '--pages'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
