export { filesToolsPlugin, type FileRoot, type FilesToolsPluginOptions } from './files-tools-plugin.js';
