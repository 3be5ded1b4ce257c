import { describeToolPlugin } from '@master-orchestrator/testing';
import { filesToolsPlugin } from '../src/index.js';

await describeToolPlugin(filesToolsPlugin({ roots: ['.'] }), {
  runs: 10_000,
  examples: {
    list_directory: [{}, { path: '.', depth: 3, maxEntries: 5 }],
    write_file: [
      { path: 'a/b.txt', content: 'x' },
      { path: 'c', content: 'AAEC', encoding: 'base64', overwrite: true },
    ],
  },
});
