// A registry on loopback that lives for one check: it knows what is published to it, and asks no other registry.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runServer } from 'verdaccio';

/** Starts it on a free port; its storage is a folder below `folder`. */
export async function startRegistry(folder) {
  const storage = join(folder, 'storage');
  mkdirSync(storage);
  const everybody = { access: '$all', publish: '$all', unpublish: '$all' };
  const server = await runServer({
    storage,
    self_path: folder,
    uplinks: {},
    packages: { '@*/*': everybody, '**': everybody },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    web: { enable: false },
    max_body_size: '100mb',
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/`,
    /** Lines of an .npmrc for whoever may publish. The token is none: this registry lets everybody in. */
    publishing: `registry=http://127.0.0.1:${port}/\n//127.0.0.1:${port}/:_authToken=nobody\n`,
    /** Lines of an .npmrc that take our packages and that of the plugin from here, all others from where they always come from. */
    installing: ['@master-orchestrator', '@acme']
      .map((scope) => `${scope}:registry=http://127.0.0.1:${port}/\n`)
      .join(''),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
