import { defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';

/** The plugin that pages about tests speak of. */
export function weatherToolsPlugin({ baseUrl }: { readonly baseUrl: string }): PluginV1 {
  const currentWeather = defineTool({
    name: 'current_weather',
    description: 'Current temperature of a city, in degrees Celsius.',
    inputSchema: z.object({ city: z.string().min(1).max(100).describe('Name of the city, such as "Lisbon".') }),
    category: 'web_services',
    accessLevel: 'public',
    effect: 'idempotent',
    execute: async ({ city }, { fetch, signal }) => {
      const url = new URL('current', baseUrl);
      url.searchParams.set('city', city);
      return (await fetch(url, { signal })).json();
    },
  });
  return {
    specificationVersion: 'v1',
    name: 'mao-plugin-weather',
    version: '1.0.0',
    permissions: ['net'],
    contributes: { tools: [currentWeather] },
  };
}
