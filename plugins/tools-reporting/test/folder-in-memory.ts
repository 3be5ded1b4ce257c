import type { ToolFiles } from '@master-orchestrator/contracts';

/** Files that a tool wrote, kept in memory. */
export function folderInMemory(): {
  readonly files: ToolFiles;
  readonly contents: ReadonlyMap<string, string>;
  readonly roots: readonly string[];
} {
  const contents = new Map<string, string>();
  const roots: string[] = [];
  const files: ToolFiles = {
    within(root) {
      roots.push(root);
      return {
        read: (path) => Promise.resolve(Buffer.from(contents.get(path) ?? '')),
        write: (path, content) => {
          const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
          contents.set(path, text);
          return Promise.resolve({ path, bytes: Buffer.byteLength(text) });
        },
        list: () => Promise.resolve([]),
        stat: () => Promise.resolve(undefined),
      };
    },
  };
  return { files, contents, roots };
}
