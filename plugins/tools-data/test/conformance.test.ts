import { describeToolPlugin } from '@master-orchestrator/testing';
import { dataToolsPlugin } from '../src/index.js';

await describeToolPlugin(dataToolsPlugin(), {
  runs: 10_000,
  examples: {
    json_parse: [{ text: '{"a": [1, 2]}' }, { text: '"x"', strict: true }],
    json_stringify: [{ value: { b: 1, a: [true, null] }, indent: 2, sortKeys: true }],
    csv_parse: [{ text: 'city,people\nRome,2.8\n' }, { text: '1;2', delimiter: ';', header: false, firstRows: 1 }],
    json_query: [
      { query: '$..a', data: [{ a: 1 }] },
      { query: '$[?@ > 1]', text: '[1, 2, 3]', maxResults: 1 },
    ],
  },
});
