import type { Permission, RootedFiles, ToolFiles } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { GuardedFiles } from './internal/files/guarded-files.js';

/** What the operator sets about files. */
export interface ToolFilesPolicy {
  /** Only below these folders, absolute or relative to the folder of the process. @default no bound */
  readonly roots?: readonly string[];
  /**
   * True: files that programs run or obey may be written: names that begin with a dot, `node_modules`, `package.json` and
   * lock files. @default false
   */
  readonly allowSensitiveWrites?: boolean;
  /** True: files with more than one name may be read and replaced. @default false */ readonly allowHardLinks?: boolean;
}

/** What {@link createToolFiles} can be given. */
export interface ToolFilesOptions {
  /** What was granted; without it reading and writing are. */ readonly permissions?: readonly Permission[];
  /** Bounds of the operator; each holds. */ readonly policy?: ToolFilesPolicy | readonly ToolFilesPolicy[];
  /** Who asks, for messages: `Plugin "…"`. @default 'This tool' */ readonly who?: string;
  /**
   * How names are resolved: below the open folder (`descriptor`, Linux with /proc) or by path with a check afterwards.
   * @default the safest that the system offers
   */
  readonly resolution?: 'descriptor' | 'path';
}

/**
 * Makes the way to files for tools. Paths below a folder cannot leave it: not by `..`, an absolute path, a link, a
 * renamed or replaced folder, or a device. Failures are OrchestratorErrors: PATH_BLOCKED, TOOL_FORBIDDEN, FILE_INVALID,
 * FILE_FORBIDDEN, RESPONSE_TOO_LARGE, DISK_FULL.
 */
export function createToolFiles(options: ToolFilesOptions = {}): ToolFiles {
  const { permissions, who = 'This tool' } = options;
  const policies = [options.policy ?? []].flat();
  const need = (permission: Permission) => (): void => {
    if (permissions === undefined || permissions.includes(permission)) return;
    throw new OrchestratorError(
      'TOOL_FORBIDDEN',
      `${who} may not use files so: the permission "${permission}" was not granted.`,
      {
        advice: `Declare "${permission}" in the permissions of the plugin and grant it.`,
      },
    );
  };
  const isByDescriptor = options.resolution === undefined ? hasDescriptors() : options.resolution === 'descriptor';
  return {
    within(root, { create = false } = {}): RootedFiles {
      const { base, inner } = locate(root, policies, who);
      const checkWrite = need('fs:write');
      if (create) checkWrite();
      return new GuardedFiles({
        base,
        inner,
        create,
        isByDescriptor,
        allowSensitiveWrites: policies.some(({ allowSensitiveWrites }) => allowSensitiveWrites === true),
        allowHardLinks: policies.some(({ allowHardLinks }) => allowHardLinks === true),
        checkRead: need('fs:read'),
        checkWrite,
      });
    },
  };
}

function hasDescriptors(): boolean {
  return process.platform === 'linux' && process.getBuiltinModule('node:fs').existsSync('/proc/self/fd');
}

/**
 * Where the walk begins: at the outermost of the granted folders, so that no link between it and the root is followed;
 * without granted folders at the root itself.
 */
function locate(root: string, policies: readonly ToolFilesPolicy[], who: string): { base: string; inner: string[] } {
  const path = process.getBuiltinModule('node:path');
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw new OrchestratorError('FILE_INVALID', 'The folder was not accepted: give its path as a text.');
  }
  const wanted = path.resolve(root);
  let base = wanted;
  for (const { roots } of policies) {
    if (roots === undefined) continue;
    const granted = roots
      .map((one) => path.resolve(one))
      .filter((one) => {
        const way = path.relative(one, wanted);
        return way === '' || (!path.isAbsolute(way) && way !== '..' && !way.startsWith(`..${path.sep}`));
      });
    const outermost = granted.sort((one, other) => one.length - other.length)[0];
    if (outermost === undefined) {
      throw new OrchestratorError(
        'PATH_BLOCKED',
        `${who} may not use the folder "${root.slice(0, 200)}": it is not below a granted folder.`,
        {
          advice: 'Grant this folder, or use one below a granted folder.',
        },
      );
    }
    if (outermost.length < base.length) base = outermost;
  }
  const way = path.relative(base, wanted);
  return { base, inner: way === '' ? [] : way.split(path.sep) };
}
