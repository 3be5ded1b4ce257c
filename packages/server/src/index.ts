export { createServer } from './create-server.js';
export type { ListedTemplate, ServerOptions, TemplateSource } from './server-options.js';
export { Server, type ListenOptions } from './server.js';
export { SCOPES, type Caller, type Scope } from './auth/caller.js';
