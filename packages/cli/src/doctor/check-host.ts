import { classify } from '@master-orchestrator/errors';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { openStore } from '../project/open-orchestrator.js';
import { fail, ok, warn, type Check, type Finding } from './finding.js';

const SCARCE_BYTES = 1_073_741_824;
const EMPTY_BYTES = 104_857_600;

/** The folder of what is kept on disk, and the room on its disk. */
export const checkDataDirectory: Check = async ({ project }) => {
  if (project === undefined) return [];
  const { dataDirectory } = project;
  const place = await nearestExisting(dataDirectory);
  const facts = await stat(place);
  if (!facts.isDirectory()) {
    return [
      fail('data', `${place} is a file, and a folder is needed there.`, 'Move it away, or set engine.dataDirectory.'),
    ];
  }
  const isWritable = await access(place, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return [fail('data', `${place} cannot be written to.`, 'Change its owner or mode, or set engine.dataDirectory.')];
  return [ok('data', dataDirectory), ...(await room(place))];
};

/** The store: whether it opens, and how much waits in it. */
export const checkStore: Check = async ({ project }) => {
  if (project === undefined) return [];
  const { engineAddress } = project;
  if (engineAddress.startsWith('memory:')) {
    return [
      warn('store', 'memory: nothing outlives its process.', 'Leave engine.address out to keep tasks in a file.'),
    ];
  }
  try {
    const orchestrator = await openStore(project);
    if (orchestrator === undefined) return [ok('store', `${engineAddress}, made with the first task`)];
    const { items } = await orchestrator.engine.list({
      phases: ['ready', 'running', 'waiting', 'paused', 'blocked', 'scheduled'],
      limit: 1_000,
    });
    await orchestrator.shutdown({ drainMs: 0 });
    return [ok('store', `${engineAddress}, ${items.length} unfinished tasks`)];
  } catch (cause) {
    const error = classify(cause);
    return [
      fail(
        'store',
        `${engineAddress}: ${error.message}`,
        error.advice ?? 'Move the file away, or name another one in engine.address.',
      ),
    ];
  }
};

/** The address that `mao serve` would listen on. */
export const checkPort: Check = async ({ project }) => {
  if (project === undefined) return [];
  const { host, port } = project.loaded.config.server;
  if (port === 0) return [ok('port', 'a free one is taken')];
  const code = await tryListen(host, port);
  if (code === undefined) return [ok('port', `${host}:${port} is free`)];
  if (code === 'EADDRINUSE') {
    const isOurs = await answersAsOurs(host, port);
    if (isOurs) return [ok('port', `${host}:${port} is taken by a mao server that answers`)];
    return [
      fail(
        'port',
        `${host}:${port} is taken by another program.`,
        'Choose another one: mao serve --port 0, or server.port.',
      ),
    ];
  }
  const hint =
    code === 'EACCES'
      ? 'Ports below 1024 need rights: choose a higher one.'
      : 'Set server.host to an address of this machine.';
  return [fail('port', `${host}:${port} cannot be listened on (${code}).`, hint)];
};

async function room(place: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const words = `${(free / 1_048_576).toFixed(0)} MiB are free on the disk of ${place}.`;
  if (free < EMPTY_BYTES) return [fail('disk', words, 'Free some space: tasks cannot be stored without.')];
  return free < SCARCE_BYTES ? [warn('disk', words, 'Free some space soon.')] : [];
}

async function nearestExisting(folder: string): Promise<string> {
  for (let each = folder; ; each = dirname(each)) {
    if ((await stat(each).catch(() => undefined)) !== undefined || each === dirname(each)) return each;
  }
}

/** The code of the failure to listen, or `undefined` where it works. */
function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

async function answersAsOurs(host: string, port: number): Promise<boolean> {
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${address}:${port}/livez`, { signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
