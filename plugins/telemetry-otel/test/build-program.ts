import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultServerConditions } from 'vite';

/** Bundles a program of the tests, so that a plain Node can run it in a process of its own. Returns the file. */
export async function buildProgram(source: URL, folder: string): Promise<string> {
  const name = basename(source.pathname, '.ts');
  const conditions = ['@master-orchestrator/source', ...defaultServerConditions];
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: [], resolve: { conditions, externalConditions: conditions } },
    build: {
      ssr: fileURLToPath(source),
      outDir: folder,
      target: 'node22',
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return join(folder, `${name}.mjs`);
}
