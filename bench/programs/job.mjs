// The job every program does: one agent, two tools, three tool turns, one answer.
export const INSTRUCTIONS = 'You are a helpful assistant. Use the tools to answer.';
export const QUESTION = 'What is the weather in Lisbon, and what is 1 + 2?';
export const weather = async ({ city }) => ({ city, temperatureC: 21, sky: 'clear' });
export const add = async ({ a, b }) => ({ sum: a + b });
/** The third tool, for parallel calls: takes 50 ms. */
export const wait = ({ n }) => new Promise((resolve) => setTimeout(() => resolve({ n }), 50));
export const functions = { get_weather: weather, add, wait };

const object = (properties) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
export const TOOL_SCHEMAS = [
  { name: 'get_weather', description: 'Weather of a city.', parameters: object({ city: { type: 'string' } }) },
  {
    name: 'add',
    description: 'Adds two numbers.',
    parameters: object({ a: { type: 'number' }, b: { type: 'number' } }),
  },
  { name: 'wait', description: 'Waits.', parameters: object({ n: { type: 'number' } }) },
];
/** The tools as Chat Completions takes them. */
export const CHAT_TOOLS = TOOL_SCHEMAS.map((schema) => ({ type: 'function', function: { ...schema, strict: true } }));

/** The conversation at its beginning. */
export const opening = () => [
  { role: 'system', content: INSTRUCTIONS },
  { role: 'user', content: QUESTION },
];

/** Runs the calls of a message at once; gives the messages with their results. */
export const answerCalls = (calls) =>
  Promise.all(
    calls.map(async (call) => ({
      role: 'tool',
      tool_call_id: call.id,
      content: JSON.stringify(await functions[call.function.name](JSON.parse(call.function.arguments))),
    })),
  );
