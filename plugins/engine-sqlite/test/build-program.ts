import { join } from 'node:path';
import { build, defaultServerConditions } from 'vite';

/** Bundles a program of `test/fixtures`, so that a plain Node can run it in a process of its own. Returns the file. */
export async function buildProgram(name: string, folder: string): Promise<string> {
  const conditions = ['@master-orchestrator/source', ...defaultServerConditions];
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['vitest'], resolve: { conditions, externalConditions: conditions } },
    build: {
      ssr: join(import.meta.dirname, `fixtures/${name}.ts`),
      outDir: folder,
      target: 'node22',
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return join(folder, `${name}.mjs`);
}
