import { describeModelPlugin } from '@master-orchestrator/testing';
import { myModelPlugin } from '../src/index.js';

await describeModelPlugin(({ url, apiKey }) => myModelPlugin({ baseUrl: url, apiKey }));
