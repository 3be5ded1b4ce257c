import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Packages are found as Node finds them, which knows no condition "module".
const conditions = [
  '@master-orchestrator/source',
  ...defaultServerConditions.filter((condition) => condition !== 'module'),
];

export default defineConfig({
  oxc: { decorator: { legacy: true } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    isolate: false,
    // Generous: a slow machine is no fault of the code, and no test asserts how long something takes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,plugins}/*/test/**/*.test.ts'],
          exclude: ['plugins/engine-dbos/**', 'packages/cli/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['plugins/engine-dbos/test/**/*.test.ts'],
          isolate: true,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cli',
          include: ['packages/cli/test/**/*.test.ts'],
          globalSetup: ['packages/cli/test/global-setup.ts'],
          testTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'docs', include: ['docs/{test,snippets}/**/*.test.ts'] } },
      { extends: true, test: { name: 'workspace', include: ['scripts/test/**/*.test.ts'] } },
      { extends: true, test: { name: 'e2e', include: ['examples/*/test/**/*.test.ts'] } },
    ],
  },
});
