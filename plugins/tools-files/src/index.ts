export {
  filesToolsOptions,
  filesToolsPlugin,
  type FileRoot,
  type FilesToolsPluginOptions,
} from './files-tools-plugin.js';
