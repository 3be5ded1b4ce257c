export { {{camel}}TemplatesPlugin } from './{{kebab}}-templates-plugin.js';
