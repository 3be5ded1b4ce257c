import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

it('gives each company its own, and refuses who may not ask', { timeout: 120_000 }, () => {
  const built = spawnSync('tsc', ['-b', 'examples/tenants'], { cwd: root, encoding: 'utf8' });
  expect(built.status, built.stdout + built.stderr).toBe(0);
  const ran = spawnSync(process.execPath, [join(root, 'examples/tenants/dist/main.js')], { encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
  const [acme, globex, accountant, clerk, refused] = ran.stdout
    .split(/^(?=acme:|globex:|The user context)/m)
    .map((part) => part.trim());
  expect(acme).toContain('12 lamps');
  expect(globex).toContain('1 reactor');
  expect(accountant).toMatch(/From billing:[^]*840 euros/);
  expect(clerk).toMatch(/USER_CONTEXT_INVALID[^]*userContext\.role/);
  expect(clerk).not.toContain('9 euros');
  expect(refused).toMatch(/agent "desk" needs: userContext\.tenant: .*expected string/);
});
