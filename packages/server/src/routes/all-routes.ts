import type { Route } from '../http/route.js';
import { chatRoutes } from '../openai/chat-routes.js';
import { modelRoutes } from '../openai/model-routes.js';
import { responseRoutes } from '../openai/response-routes.js';
import type { Services } from '../services.js';
import { agentRoutes } from './agent-routes.js';
import { eventRoutes } from './event-routes.js';
import { healthRoutes } from './health-routes.js';
import { keyRoutes } from './key-routes.js';
import { scheduleRoutes } from './schedule-routes.js';
import { systemRoutes } from './system-routes.js';
import { taskRoutes } from './task-routes.js';
import { templateRoutes } from './template-routes.js';
import { toolRoutes } from './tool-routes.js';
import { workItemRoutes } from './work-item-routes.js';

/** Every operation of the API. */
export function allRoutes(services: Services): Route[] {
  return [
    ...agentRoutes(services),
    ...templateRoutes(services),
    ...toolRoutes(services),
    ...taskRoutes(services),
    ...eventRoutes(services),
    ...workItemRoutes(services),
    ...systemRoutes(services),
    ...keyRoutes(services),
    ...scheduleRoutes(services),
    ...healthRoutes(services),
    ...modelRoutes(services),
    ...chatRoutes(services),
    ...responseRoutes(services),
  ];
}
