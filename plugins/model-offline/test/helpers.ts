import type {
  ModelItem,
  ModelProvider,
  ModelRequest,
  ModelToolSpec,
  ToolCallItem,
} from '@master-orchestrator/contracts';
import { z } from 'zod';
import { offlineModelPlugin } from '../src/index.js';

/** A tool as a test gives it: a schema, and what it answers. */
export interface FakeTool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly run: (input: never) => unknown;
}

/** What came of a conversation with the model. */
export interface Outcome {
  /** Calls in order, one list a turn. */ readonly turns: readonly (readonly { name: string; input: unknown }[])[];
  readonly calls: readonly { name: string; input: never }[];
  /** Calls whose arguments did not fit their schema. */ readonly misfits: readonly string[];
  readonly text: string;
  readonly refusal: string | undefined;
  readonly items: readonly ModelItem[];
}

const MOST_TURNS = 20;

export function offlineModel(): ModelProvider {
  const [model] = offlineModelPlugin().contributes.models ?? [];
  if (model === undefined) throw new TypeError('The plugin contributes no model.');
  return model;
}

export function fakeTool<Input extends z.ZodObject>(
  name: string,
  description: string,
  input: Input,
  run: (input: z.output<Input>) => unknown = () => ({ ok: true }),
): FakeTool {
  return { name, description, input, run };
}

export function specOf({ name, description, input }: FakeTool): ModelToolSpec {
  const { $schema: _dialect, ...parameters } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  return { name, description, parameters: parameters as never, isStrict: false };
}

export function user(content: string): ModelItem {
  return { type: 'message', role: 'user', content };
}

export function request(items: readonly ModelItem[] | string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { model: 'rules', items: typeof items === 'string' ? [user(items)] : items, tools: [], settings: {}, ...more };
}

/** Asks the model once and gives the text of its answer. */
export async function ask(items: readonly ModelItem[] | string, more: Partial<ModelRequest> = {}): Promise<string> {
  const { items: answer } = await offlineModel().respond(request(items, more), {
    signal: new AbortController().signal,
  });
  return answer
    .map((item) => (item.type === 'message' && typeof item.content === 'string' ? item.content : ''))
    .join('');
}

/** Runs a conversation to its end: the tools answer, an error of theirs becomes an error result. */
export async function converse(
  start: readonly ModelItem[] | string,
  tools: readonly FakeTool[] = [],
  more: Partial<ModelRequest> = {},
): Promise<Outcome> {
  const model = offlineModel();
  const items: ModelItem[] = typeof start === 'string' ? [user(start)] : [...start];
  const turns: { name: string; input: unknown }[][] = [];
  const misfits: string[] = [];
  while (turns.length < MOST_TURNS) {
    const asked = request([...items], { tools: tools.map(specOf), ...more });
    const response = await model.respond(asked, { signal: new AbortController().signal });
    items.push(...response.items);
    const calls = response.items.filter((item): item is ToolCallItem => item.type === 'tool-call');
    if (calls.length === 0) return outcomeOf(turns, misfits, items);
    turns.push(calls.map((call) => ({ name: call.name, input: JSON.parse(call.arguments) as unknown })));
    for (const call of calls) items.push(answerOf(call, tools, misfits));
  }
  throw new Error(`The model did not end within ${MOST_TURNS} turns: ${JSON.stringify(turns)}`);
}

function answerOf(call: ToolCallItem, tools: readonly FakeTool[], misfits: string[]): ModelItem {
  const head = { type: 'tool-result', callId: call.callId, name: call.name } as const;
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) return { ...head, output: `There is no tool "${call.name}".`, isError: true };
  const checked = tool.input.safeParse(JSON.parse(call.arguments));
  if (!checked.success) {
    misfits.push(`${call.name} ${call.arguments}: ${checked.error.message}`);
    return { ...head, output: checked.error.message, isError: true };
  }
  try {
    const output = tool.run(checked.data as never);
    return { ...head, output: typeof output === 'string' ? output : JSON.stringify(output) };
  } catch (error) {
    return { ...head, output: error instanceof Error ? error.message : String(error), isError: true };
  }
}

function outcomeOf(turns: Outcome['turns'], misfits: readonly string[], items: readonly ModelItem[]): Outcome {
  const last = items.at(-1);
  const message = last?.type === 'message' ? last : undefined;
  return {
    turns,
    calls: turns.flat() as unknown as Outcome['calls'],
    misfits,
    text: typeof message?.content === 'string' ? message.content : '',
    refusal: message?.refusal,
    items,
  };
}
