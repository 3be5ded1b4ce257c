import { defineTool, type AnyTool, type Tool, type ToolContext } from '@master-orchestrator/contracts';
import type { z } from 'zod';

/** What {@link tool} takes: a tool without its function. */
export interface ToolDecoratorOptions<Schema extends z.ZodObject, UserContext = unknown> extends Partial<
  Pick<
    Tool<z.output<Schema>>,
    | 'category'
    | 'accessLevel'
    | 'effect'
    | 'limits'
    | 'cache'
    | 'approval'
    | 'version'
    | 'fallbacks'
    | 'fallbackResult'
    | 'recovery'
  >
> {
  /** @default the method's name in snake_case */ readonly name?: string;
  /** What it does, for the model. */ readonly description: string;
  readonly inputSchema: Schema;
  /** Checks the result before the model sees it. */ readonly outputSchema?: z.ZodType;
  /** The user context it needs; types `context.userContext`. */ readonly userContextSchema?: z.ZodType<UserContext>;
}

type Method<Schema extends z.ZodObject, UserContext> = (
  input: z.output<Schema>,
  context: ToolContext<UserContext>,
) => unknown;

/** A method decorator for both dialects: standard (TC39) and `experimentalDecorators`. */
export interface ToolDecorator<Schema extends z.ZodObject, UserContext = unknown> {
  <This extends object, F extends Method<Schema, UserContext>>(
    method: F,
    context: ClassMethodDecoratorContext<This, F>,
  ): void;
  <F extends Method<Schema, UserContext>>(
    prototype: object,
    name: string,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}

/** On the function itself: `@tool` stands above decorators that replace it. */
const MARK = Symbol.for('@master-orchestrator/tools:tool');

/**
 * Makes a method a tool. {@link toolsOf} then gives the tools of an instance.
 *
 * @throws TypeError on static and private methods and on what is no method.
 */
export function tool<Schema extends z.ZodObject, UserContext = unknown>(
  options: ToolDecoratorOptions<Schema, UserContext>,
): ToolDecorator<Schema, UserContext> {
  return (first: object, second: string | ClassMethodDecoratorContext, descriptor?: PropertyDescriptor): void => {
    const isStandard = typeof second === 'object';
    const method: unknown = isStandard ? first : descriptor?.value;
    const isPublicInstance = isStandard ? !second.static && !second.private : typeof first !== 'function';
    if (typeof method !== 'function' || !isPublicInstance) {
      throw new TypeError(`@tool: only public instance methods can be tools, not "${nameOf(second)}".`);
    }
    Object.defineProperty(method, MARK, { value: options });
  };
}

/**
 * The tools of an instance: its methods with `@tool`, those of its superclasses included. A method that overrides one
 * without `@tool` of its own is no tool. No getter runs.
 *
 * @throws OrchestratorError TOOL_INVALID, naming the field.
 */
export function toolsOf(instance: object): AnyTool[] {
  const tools: AnyTool[] = [];
  const seen = new Set<PropertyKey>();
  for (let owner: unknown = instance; isOwner(owner); owner = Object.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner)) {
      if (seen.has(key)) continue;
      seen.add(key);
      const method: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
      const options = optionsOf(method);
      if (options !== undefined) tools.push(bindTool(instance, key, method as Method<z.ZodObject, unknown>, options));
    }
  }
  return tools;
}

function bindTool(
  instance: object,
  key: PropertyKey,
  method: Method<z.ZodObject, unknown>,
  options: ToolDecoratorOptions<z.ZodObject>,
): AnyTool {
  return defineTool({
    ...options,
    name: options.name ?? snakeCase(String(key)),
    execute: async (input, context) => method.call(instance, input, context),
  });
}

function isOwner(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value !== Object.prototype;
}

function optionsOf(method: unknown): ToolDecoratorOptions<z.ZodObject> | undefined {
  if (typeof method !== 'function' || !Object.hasOwn(method, MARK)) return undefined;
  return (method as unknown as Record<symbol, ToolDecoratorOptions<z.ZodObject>>)[MARK];
}

/** `currentWeather` becomes `current_weather`, `parseHTML` `parse_html`. */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

function nameOf(second: string | symbol | ClassMethodDecoratorContext): string {
  return String(typeof second === 'object' ? second.name : second);
}
