import { join } from 'node:path';
import { build, defaultServerConditions } from 'vite';

/** Bundles the worker's program, so that a plain Node can run it in a process of its own. Returns the file. */
export async function buildWorker(folder: string, entry = 'worker'): Promise<string> {
  const conditions = ['@master-orchestrator/source', ...defaultServerConditions];
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: {
      noExternal: true,
      external: ['vitest', 'pg', '@dbos-inc/dbos-sdk'],
      resolve: { conditions, externalConditions: conditions },
    },
    build: {
      ssr: join(import.meta.dirname, `fixtures/${entry}.ts`),
      outDir: folder,
      target: 'node22',
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: `${entry}.mjs` } },
    },
  });
  return join(folder, `${entry}.mjs`);
}
