import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildProgram } from './build-program.js';

/** A small file system can be made without rights of the machine, in a namespace that goes with its process. */
const UNSHARE = 'unshare';
const OWN_MOUNTS = ['--user', '--map-root-user', '--mount', '--'];

function canUnshare(): boolean {
  try {
    execFileSync(UNSHARE, [...OWN_MOUNTS, 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tmpdir()], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!canUnshare())(
  'fails no task where the disk is full, says DISK_FULL to callers, works on when there is room, and refuses a disk that may only be read',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disk-full-'));
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const program = await buildProgram(new URL('./fixtures/disk-full.ts', import.meta.url), folder);
    const script = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" "$3" "$1"';
    const { stdout } = await promisify(execFile)(UNSHARE, [
      ...OWN_MOUNTS,
      'sh',
      '-c',
      script,
      'sh',
      disk,
      process.execPath,
      program,
    ]);
    const seen = JSON.parse(stdout) as { codes: string[]; whileFull: string[]; after: string[]; onReadOnly: string };
    await rm(folder, { recursive: true, force: true });
    expect(seen.codes).toEqual(['DISK_FULL']);
    expect(seen.whileFull).not.toContain('failed');
    expect(seen.after).toEqual(['completed']);
    expect(seen.onReadOnly).toBe('DISK_FAILED');
  },
);
