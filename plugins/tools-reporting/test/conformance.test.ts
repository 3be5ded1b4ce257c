import { describeToolPlugin } from '@master-orchestrator/testing';
import { reportingToolsPlugin } from '../src/index.js';

const examples = {
  generate_report: [
    { title: 'Numbers', data: [3, 1, 4, 1, 5] },
    { title: 'Words', sections: [{ heading: 'First', text: 'All is *well*.' }], format: ['markdown', 'html', 'json'] },
  ],
};

await describeToolPlugin(reportingToolsPlugin(), { examples, runs: 10_000 });
await describeToolPlugin(reportingToolsPlugin({ outputDir: 'reports' }), { examples });
