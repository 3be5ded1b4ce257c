import { basename, resolve, sep } from 'node:path';
import type { RootedFiles, ToolFiles } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

/** A root with its name. */
export interface NamedRoot {
  /** As configured. */ readonly path: string;
  readonly name: string;
  readonly isReadOnly: boolean;
}

/** A path that a model wrote, taken apart. */
export interface FilePlace {
  readonly root: NamedRoot;
  /** Relative to the root, as written; the host's guard checks it. */ readonly inside: string;
  /** The whole path in the form the model should use. */ readonly shown: string;
}

interface GivenRoot {
  readonly path: string;
  readonly name?: string | undefined;
  readonly isReadOnly?: boolean | undefined;
}

const ABSOLUTE = /^(?:[/\\]|[A-Za-z]:[/\\])/;

/**
 * The folders of one plugin. With one root, paths are relative to it; with several, they begin with a root's name. An
 * absolute path counts where it begins with a root's own path. Nothing is normalised here: what is left is checked by
 * the host's guard as it stands.
 */
export class FileRoots {
  readonly all: readonly NamedRoot[];

  constructor(given: readonly (string | GivenRoot)[]) {
    this.all = given.map((root) => named(typeof root === 'string' ? { path: root } : root));
    const names = this.all.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) return;
    const message = `filesToolsPlugin: two roots have the name ${JSON.stringify(twice)}. Give each a name of its own.`;
    throw new OrchestratorError('CONFIG_INVALID', message, { category: 'VALIDATION_ERROR', severity: 'CRITICAL' });
  }

  get isWritable(): boolean {
    return this.all.some(({ isReadOnly }) => !isReadOnly);
  }

  /** How paths are written, for the model. */
  get howTo(): string {
    if (this.all.length === 1) return 'relative to the working folder, with /';
    return `with /, beginning with one of the folders ${this.all.map(({ name }) => `${name}/`).join(', ')}`;
  }

  /** True for the place above several roots, which can be listed only. */
  isTop(path: string): boolean {
    return this.all.length > 1 && /^(?:\.?\/?)$/.test(path);
  }

  /**
   * Finds the root that a path belongs to.
   *
   * @throws OrchestratorError PATH_BLOCKED for an absolute path outside of the roots, FILE_INVALID for an unknown root.
   */
  placeOf(path: string): FilePlace {
    if (ABSOLUTE.test(path)) return this.#placeOfAbsolute(path);
    const [only, ...others] = this.all;
    if (only !== undefined && others.length === 0) return { root: only, inside: path, shown: path };
    const [first = '', ...rest] = path.replace(/^(?:\.\/)+/, '').split('/');
    const root = this.all.find(({ name }) => name === first);
    if (root !== undefined) return this.place(root, rest.join('/') || '.');
    const known = this.all.map(({ name }) => `"${name}/"`).join(', ');
    throw new OrchestratorError(
      'FILE_INVALID',
      `${quoted(path)} begins with no folder that there is. Begin the path with one of ${known}.`,
    );
  }

  /** A place inside a root. */
  place(root: NamedRoot, inside: string): FilePlace {
    if (this.all.length === 1) return { root, inside, shown: inside };
    return { root, inside, shown: inside === '.' ? root.name : `${root.name}/${inside}` };
  }

  /** The way to the files of a place's root. */
  filesOf({ root }: FilePlace, files: ToolFiles, options?: { readonly create: boolean }): RootedFiles {
    return files.within(root.path, options);
  }

  #placeOfAbsolute(path: string): FilePlace {
    const candidates = this.all
      .map((root) => ({ root, folder: resolve(root.path) }))
      .sort((a, b) => b.folder.length - a.folder.length);
    for (const { root, folder } of candidates) {
      if (path === folder) return this.place(root, '.');
      const start = folder.endsWith(sep) ? folder : `${folder}${sep}`;
      if (path.startsWith(start)) return this.place(root, path.slice(start.length).replaceAll(sep, '/') || '.');
    }
    const message = `${quoted(path)} lies outside of the folders that are open. Write paths ${this.howTo}.`;
    throw new OrchestratorError('PATH_BLOCKED', message);
  }
}

/** A path for a message: quoted and not too long. */
export function quoted(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}

function named({ path, name, isReadOnly }: GivenRoot): NamedRoot {
  return { path, name: name ?? (basename(resolve(path)) || 'root'), isReadOnly: isReadOnly ?? false };
}
