import { z } from 'zod';

/** A plugin of somebody else, which the README of core runs in a process of its own. */
export function weatherToolsPlugin({ units }) {
  const currentWeather = {
    name: 'current_weather',
    description: 'Current weather of a city.',
    category: 'web_services',
    accessLevel: 'public',
    effect: 'idempotent',
    inputSchema: z.object({ city: z.string().min(1) }),
    execute: async ({ city }) => ({ city, temperature: 21, units }),
  };
  return {
    specificationVersion: 'v1',
    name: 'some-weather-tools',
    version: '1.0.0',
    contributes: { tools: [currentWeather] },
  };
}
