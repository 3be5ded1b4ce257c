// The job every program does: one agent, two tools, three tool turns, one answer.
export const INSTRUCTIONS = 'You are a helpful assistant. Use the tools to answer.';
export const QUESTION = 'What is the weather in Lisbon, and what is 1 + 2?';
export const weather = async ({ city }) => ({ city, temperatureC: 21, sky: 'clear' });
export const add = async ({ a, b }) => ({ sum: a + b });
export const wait = ({ n }) => new Promise((resolve) => setTimeout(() => resolve({ n }), 50));
export const TOOL_SCHEMAS = [
  { name: 'get_weather', description: 'Weather of a city.', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false } },
  { name: 'add', description: 'Adds two numbers.', parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'], additionalProperties: false } },
  { name: 'wait', description: 'Waits.', parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false } },
];
