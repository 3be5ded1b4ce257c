export { createServer } from './create-server.js';
export type { ListedTemplate, ServerOptions, TemplateSource } from './server-options.js';
export { Server, type ListenOptions } from './server.js';
export { shareEvents, type EventSharing, type ShareEventsOptions } from './events/share-events.js';
export { SCOPES, type Caller, type Scope } from './auth/caller.js';
