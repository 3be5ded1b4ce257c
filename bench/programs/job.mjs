// The job every program does: one agent, two tools, three tool turns, one answer.
import { z } from 'zod';

export const INSTRUCTIONS = 'You are a helpful assistant. Use the tools to answer.';
export const QUESTION = 'What is the weather in Lisbon, and what is 1 + 2?';
/** No run may take longer, in milliseconds. */
export const RUN_MS = 60_000;
/** Turns a run may take. */
export const MOST_TURNS = 10;

/** How often each argument of `add` was seen: the server gives every answer one of its own where faults are on. */
export const executions = new Map();

/** Every program gives these to its library, each in the way that library wants. */
export const TOOLS = [
  {
    name: 'get_weather',
    description: 'Weather of a city.',
    input: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, temperatureC: 21, sky: 'clear' }),
  },
  {
    name: 'add',
    description: 'Adds two numbers.',
    input: z.object({ a: z.number(), b: z.number() }),
    execute: async ({ a, b }) => {
      if (a >= 1_000) executions.set(a, (executions.get(a) ?? 0) + 1);
      return { sum: a + b };
    },
  },
  {
    name: 'wait', // for parallel calls
    description: 'Waits.',
    input: z.object({ n: z.number() }),
    execute: ({ n }) => new Promise((resolve) => setTimeout(() => resolve({ n }), 50)),
  },
];
