import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PluginV1 } from '@master-orchestrator/contracts';
import { callTool, testToolContext, type TestToolContext } from '@master-orchestrator/testing';
import { onTestFinished } from 'vitest';
import { filesToolsPlugin, type FilesToolsPluginOptions } from '../src/index.js';

/** A folder of files and the tools that work in it. */
export interface Bench {
  readonly context: TestToolContext;
  readonly plugin: PluginV1;
  /** Calls a tool as the registry does: arguments and result pass its schemas. */
  readonly call: (name: string, args: unknown) => Promise<Record<string, unknown>>;
  /** Content of a file, or `undefined`. */ readonly contentOf: (path: string) => string | undefined;
}

/** Roots are relative to the folder of the context; the only root is `data` unless options say otherwise. */
export function bench(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  options: Partial<FilesToolsPluginOptions> = {},
): Bench {
  const context = testToolContext();
  onTestFinished(() => context.dispose());
  mkdirSync(join(context.folder, 'data'));
  for (const [path, content] of Object.entries(files)) {
    const place = join(context.folder, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  }
  const plugin = filesToolsPlugin({ roots: ['data'], ...options });
  const contentOf = (path: string): string | undefined => {
    try {
      return readFileSync(join(context.folder, path), 'utf8');
    } catch {
      return undefined;
    }
  };
  return { context, plugin, contentOf, call: (name, args) => callTool(plugin, name, args, context) };
}
