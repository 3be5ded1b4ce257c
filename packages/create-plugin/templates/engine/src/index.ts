export { {{camel}}EnginePlugin } from './{{kebab}}-engine-plugin.js';
export { {{pascal}}Engine } from './{{kebab}}-engine.js';
