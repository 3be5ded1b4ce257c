import { describeToolPlugin } from '@master-orchestrator/testing';
import { analysisToolsPlugin } from '../src/index.js';

/** YAML is read in a thread: ten thousand calls take minutes. FUZZ_RUNS=10000 lets them all run. */
const CODE_RUNS = Number(process.env['FUZZ_RUNS'] ?? 1_000);

await describeToolPlugin(analysisToolsPlugin(), {
  runs: 10_000,
  runsByTool: { validate_code: CODE_RUNS },
  callLimitMs: 5_000, // a thread starts slowly on a busy machine
  examples: {
    calculate_metrics: [
      { data: [3, 1, 4, 1, 5, 9, 2, 6] },
      { data: { height: [1, 2, 3], weight: [2, 4, 7] }, metrics: ['mean', 'correlation'] },
      {
        data: [
          { a: 1, b: 2 },
          { a: 2, b: null },
        ],
        percentiles: [50],
        bins: 3,
      },
    ],
    validate_code: [
      { code: 'const a = 1;', language: 'javascript' },
      { code: 'def f(:', filename: 'a.py' },
    ],
  },
});
