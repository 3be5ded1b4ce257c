import type { Binder, Token } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { bindConfig, CONFIG, defaultConfig } from '../src/index.js';

it('binds the configuration by its token and nothing else', () => {
  const bound = new Map<symbol, unknown>();
  const binder: Binder = {
    bind<T>(token: Token<T>, create: (resolve: never) => T) {
      bound.set(token, create(undefined as never));
    },
  };
  const config = defaultConfig();
  bindConfig(binder, config);
  expect([...bound]).toEqual([[CONFIG, config]]);
});
