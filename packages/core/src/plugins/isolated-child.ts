// The program of the process that isolatedPlugin() starts. It imports nothing but the plugin, as it may read nothing else.
import type { AnyTool, PluginV1, ToolContext } from '@master-orchestrator/contracts';
import type { FetchAnswer, FromIsolated, ToIsolated, ToolDescription } from './isolated-messages.js';

type Factory = (options: unknown) => PluginV1 | Promise<PluginV1>;
interface Described {
  toJSONSchema?(options: { readonly io: 'input'; readonly unrepresentable: 'any' }): ToolDescription['inputSchema'];
}

const tools = new Map<string, AnyTool>();
const calls = new Map<number, AbortController>();
const fetches = new Map<number, { resolve(response: Response): void; reject(error: Error): void }>();
let lastFetch = 0;

process.on('message', (message: ToIsolated) => {
  if (message.type === 'make') void make(message);
  else if (message.type === 'call') void call(message);
  else if (message.type === 'abort') calls.get(message.id)?.abort(new Error('The call was aborted.'));
  else settleFetch(message);
});
process.on('disconnect', () => process.exit(0));

async function make({ module, factory, options }: Extract<ToIsolated, { type: 'make' }>): Promise<void> {
  try {
    const loaded = (await import(module)) as Record<string, unknown>;
    const create = loaded[factory];
    if (typeof create !== 'function') throw new Error(`The module has no function "${factory}".`);
    const plugin = await (create as Factory)(options);
    const { tools: brought = [], ...others } = plugin.contributes;
    for (const tool of brought) tools.set(tool.name, tool);
    await plugin.setup?.({ signal: new AbortController().signal, logger: silent } as never);
    const { name, version } = plugin;
    say({ type: 'made', name, version, others: Object.keys(others), tools: brought.map(describe) });
  } catch (error) {
    say({ type: 'unfit', problem: wordsOf(error) });
  }
}

function describe(tool: AnyTool): ToolDescription {
  const { userContextSchema } = tool;
  return {
    name: tool.name,
    description: tool.description,
    category: tool.category,
    accessLevel: tool.accessLevel,
    effect: typeof tool.effect === 'function' ? 'unsafe' : tool.effect,
    approval: tool.approval !== undefined && tool.approval !== false,
    inputSchema: jsonSchemaOf(tool, tool.inputSchema),
    ...(userContextSchema === undefined ? {} : { userContextSchema: jsonSchemaOf(tool, userContextSchema) }),
    ...(tool.limits === undefined ? {} : { limits: tool.limits as Readonly<Record<string, number>> }),
  };
}

function jsonSchemaOf(tool: AnyTool, schema: unknown): ToolDescription['inputSchema'] {
  const converted = (schema as Described).toJSONSchema?.({ io: 'input', unrepresentable: 'any' });
  if (converted === undefined) throw new Error(`Tool "${tool.name}" needs a schema of zod 4.2 or later.`);
  return converted;
}

/** What tools of this process see is as fixed as what those of the host see. */
function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

async function call({ id, tool: name, input, facts }: Extract<ToIsolated, { type: 'call' }>): Promise<void> {
  const controller = new AbortController();
  calls.set(id, controller);
  try {
    const tool = tools.get(name);
    if (tool === undefined) throw new Error(`There is no tool "${name}".`);
    const { userContextSchema } = tool;
    const { userContext } = facts;
    const context: ToolContext = {
      ...facts,
      userContext: deepFreeze(userContextSchema === undefined ? userContext : userContextSchema.parse(userContext)),
      signal: controller.signal,
      logger: silent,
      fetch: (url, init) => hostFetch(id, new Request(url, init)),
      files: { within: () => refuseFiles() },
      progress: (update) => say({ type: 'progress', id, update }),
    };
    const output: unknown = await tool.execute(tool.inputSchema.parse(input) as never, context);
    say({ type: 'result', id, output });
  } catch (error) {
    say({ type: 'problem', id, problem: wordsOf(error) });
  } finally {
    calls.delete(id);
  }
}

/** The network of an isolated plugin is that of its host. */
async function hostFetch(id: number, request: Request): Promise<Response> {
  const fetchId = ++lastFetch;
  const text = await request.text();
  const { url, method } = request;
  const headers = [...request.headers];
  say({
    type: 'fetch',
    id,
    fetchId,
    order: { url, method, headers, ...(text === '' ? {} : { body: text }) },
  });
  return new Promise((resolve, reject) => fetches.set(fetchId, { resolve, reject }));
}

function settleFetch({ fetchId, answer, problem }: Extract<ToIsolated, { type: 'fetched' }>): void {
  const waiting = fetches.get(fetchId);
  fetches.delete(fetchId);
  if (answer === undefined) waiting?.reject(new Error(problem ?? 'The request failed.'));
  else waiting?.resolve(responseOf(answer));
}

function responseOf({ status, statusText, headers, body }: FetchAnswer): Response {
  const content = [101, 204, 205, 304].includes(status) ? null : Buffer.from(body, 'base64');
  return new Response(content, { status, statusText, headers: headers.map(([name, value]) => [name, value]) });
}

function refuseFiles(): never {
  throw new Error('An isolated plugin uses node:fs, inside the folders it was granted.');
}

function say(message: FromIsolated): void {
  process.send?.(message);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 2_000) : String(error).slice(0, 2_000);
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
