// What the two hand-written loops share: tools as Chat Completions takes them, and the answers to a model's calls.
import { z } from 'zod';
import { INSTRUCTIONS, QUESTION, TOOLS } from './job.mjs';

const byName = new Map(TOOLS.map((tool) => [tool.name, tool]));

/** Made once: what a request says of the tools. */
export const CHAT_TOOLS = TOOLS.map(({ name, description, input }) => {
  const { $schema: _, ...parameters } = z.toJSONSchema(input);
  return { type: 'function', function: { name, description, parameters, strict: true } };
});

/** The conversation at its beginning. */
export const opening = () => [
  { role: 'system', content: INSTRUCTIONS },
  { role: 'user', content: QUESTION },
];

/** Runs the calls of a message at once; gives the messages with their results. A call that fails is told to the model. */
export const answerCalls = (calls) => Promise.all(calls.map(answerCall));

async function answerCall(call) {
  let result;
  try {
    const tool = byName.get(call.function.name);
    if (tool === undefined) throw new Error(`There is no tool "${call.function.name}".`);
    result = await tool.execute(tool.input.parse(JSON.parse(call.function.arguments)));
  } catch (error) {
    result = { error: error.message };
  }
  return { role: 'tool', tool_call_id: call.id, content: JSON.stringify(result) };
}

/** Puts the pieces of a streamed message together. */
export class StreamedMessage {
  #content = '';
  #calls = [];

  /** @param onText - gets each piece of text */
  add(delta, onText) {
    if (delta.content) {
      this.#content += delta.content;
      onText(delta.content);
    }
    for (const { index, id, function: part } of delta.tool_calls ?? []) {
      const call = (this.#calls[index] ??= { id, type: 'function', function: { name: '', arguments: '' } });
      if (part?.name) call.function.name += part.name;
      if (part?.arguments) call.function.arguments += part.arguments;
    }
  }

  end() {
    const message = { role: 'assistant', content: this.#content };
    return this.#calls.length === 0 ? message : { ...message, tool_calls: this.#calls };
  }
}
