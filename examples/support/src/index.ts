export { clerkPlugin } from './clerk-plugin.js';
export { prepareExample, type PreparedExample } from './prepare-example.js';
export { showSteps } from './show-steps.js';
