import { classify, OrchestratorError } from '@master-orchestrator/errors';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'the operating system does not allow it',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of it is no folder',
  ENOTEMPTY: 'it is a folder that is not empty',
  ENXIO: 'it is no regular file',
  EPERM: 'the operating system does not allow it',
};

/** Codes of Node that {@link classify} has no row for and that mean a path which cannot be used. */
const UNUSABLE = new Set(['ENXIO', 'ENOTEMPTY', 'EOPNOTSUPP', 'ENODEV']);

/** A failure of the file system as an error of ours that names the path as the tool gave it. */
export function fileError(error: unknown, path: string): OrchestratorError {
  if (OrchestratorError.isInstance(error)) return error;
  const nodeCode = codeOf(error);
  const verdict = classify(error, { source: 'tool' });
  const code = nodeCode !== undefined && UNUSABLE.has(nodeCode) ? 'FILE_INVALID' : verdict.code;
  const why = (nodeCode === undefined ? undefined : WORDS[nodeCode]) ?? nodeCode ?? 'it could not be used';
  return new OrchestratorError(code, `File "${path.slice(0, 200)}": ${why}.`, {
    cause: error,
    ...(nodeCode === undefined ? {} : { details: { nodeCode } }),
  });
}

/** Node's code of a failure, or `undefined`. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The path is there, but it is nothing that may be read or written like a document. */
export function notRegular(path: string, what: string): OrchestratorError {
  return new OrchestratorError('PATH_BLOCKED', `File "${path.slice(0, 200)}": ${what}.`);
}
