import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, configSettings } from '../src/index.js';

describe('the JSON Schema', () => {
  it('in the package is the one that the checks are made from (else build and run `pnpm run docs` here)', () => {
    const shipped: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../schema.json'), 'utf8'));
    expect(shipped).toEqual(configJsonSchema());
  });

  it('and the table of the README list the same settings, with the same defaults (else `pnpm run docs`)', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const rows =
      readme.split('<!-- settings -->')[1]?.split('<!-- settings-end -->')[0]?.trim().split('\n').slice(2) ?? [];
    const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\||\|$/g, '').trim()));
    expect(cells.map(([path, byDefault]) => [path?.replace(' ↻', ''), byDefault])).toEqual(
      configSettings().map((setting) => [
        `\`${setting.path}\``,
        setting.default === undefined ? 'unset' : `\`${JSON.stringify(setting.default)}\``,
      ]),
    );
  });

  it('describes every setting, and gives each a default unless it may be unset', () => {
    const undescribed = configSettings().filter(({ description }) => description === '');
    expect(undescribed).toEqual([]);
    const optional = configSettings().filter((setting) => setting.default === undefined);
    expect(optional.map(({ path }) => path)).toMatchInlineSnapshot(`
      [
        "models.default",
        "models.openai.apiKey",
        "models.openai.baseUrl",
        "models.openai.organization",
        "models.openai.project",
        "agents.turnTimeoutMs",
        "agents.concurrentTasks",
        "recovery.retryMaxAttempts",
        "tools.perAgentPerMinute",
        "tools.callsPerRun",
        "tools.approvals.expiryMs",
        "tools.allowedHosts",
        "tools.allowPrivateHosts",
        "tools.fileRoots",
        "engine.dataDirectory",
        "budgets.tokens",
        "budgets.requests",
        "budgets.costUsd",
        "budgets.wallMs",
        "server.auth.adminKey",
        "server.auth.jwt.jwksUrl",
        "server.auth.jwt.issuer",
        "server.auth.jwt.audience",
      ]
    `);
  });

  it('marks what a running process takes over', () => {
    const reloadable = configSettings().filter(({ isReloadable }) => isReloadable);
    expect(reloadable.map(({ path }) => path)).toContain('logging.level');
    expect(reloadable.map(({ path }) => path)).not.toContain('server.port');
  });
});
