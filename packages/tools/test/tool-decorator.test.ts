import type { Tool, ToolContext } from '@master-orchestrator/contracts';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { tool, toolFromFunction, ToolRegistry, toolsOf } from '../src/index.js';
import type * as Standard from './fixtures/standard-decorators.js';
import { call } from './support/registry.js';

const citySchema = z.object({ city: z.string() });

class Weather {
  readonly #source = 'station';
  gettersRun = 0;

  get secret(): string {
    this.gettersRun += 1;
    return 'x';
  }

  @tool({ description: 'Current weather.', inputSchema: citySchema, accessLevel: 'public', effect: 'idempotent' })
  async currentWeather({ city }: { city: string }, { agent }: ToolContext): Promise<string> {
    return `${city} by ${this.#source} for ${agent.name}`;
  }

  @tool({
    name: 'named',
    description: 'Named.',
    inputSchema: citySchema,
    outputSchema: z.string(),
    limits: { perMinute: 3 },
    version: '2.0.0',
  })
  otherMethod({ city }: { city: string }): string {
    return city;
  }

  notATool(): void {}
}

class BetterWeather extends Weather {
  override otherMethod({ city }: { city: string }): string {
    return city.toUpperCase();
  }

  @tool({ description: 'Forecast.', inputSchema: z.object({ days: z.number() }) })
  parseHTMLForecast({ days }: { days: number }): number {
    return days;
  }
}

describe('@tool', () => {
  it('makes methods tools of their instance, named in snake_case, with the safe side as default', async () => {
    const weather = new Weather();
    const tools = toolsOf(weather);
    expect(tools.map(({ name }) => name)).toEqual(['current_weather', 'named']);
    expect(tools[1]).toMatchObject({
      category: 'custom',
      accessLevel: 'restricted',
      effect: 'unsafe',
      limits: { perMinute: 3 },
      version: '2.0.0',
    });
    expect(weather.gettersRun).toBe(0);
    const registry = new ToolRegistry();
    for (const one of tools) registry.registerTool(one);
    expect(await call(registry, 'current_weather', { args: '{"city":"Lisbon"}' })).toMatchObject({
      outcome: 'ok',
      output: 'Lisbon by station for a',
    });
  });

  it('is inherited, and hidden by an override without it', () => {
    expect(toolsOf(new BetterWeather()).map(({ name }) => name)).toEqual(['parse_html_forecast', 'current_weather']);
  });

  it('works as a standard decorator, too', () => {
    class Plain {
      double({ days }: { days: number }): number {
        return days * 2;
      }
    }
    const context = { kind: 'method', name: 'double', static: false, private: false } as ClassMethodDecoratorContext<
      Plain,
      Plain['double']
    >;
    const method = Object.getOwnPropertyDescriptor(Plain.prototype, 'double')?.value as Plain['double'];
    tool({ description: 'Doubles.', inputSchema: z.object({ days: z.number() }) })(method, context);
    expect(toolsOf(new Plain()).map(({ name }) => name)).toEqual(['double']);
  });

  it('works where a compiler emits standard decorators', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'decorators-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const source = join(import.meta.dirname, 'fixtures/standard-decorators.ts');
    const flags = ['--ignoreConfig', '--noCheck', '--target', 'es2022', '--module', 'esnext', '--outDir', folder];
    const built = spawnSync('tsc', [source, ...flags], { encoding: 'utf8', shell: process.platform === 'win32' });
    expect(built.status, built.stdout + built.stderr).toBe(0);
    const compiled = join(folder, 'standard-decorators.js');
    expect(readFileSync(compiled, 'utf8')).toContain('__esDecorate');
    const { standardTools } = (await import(pathToFileURL(compiled).href)) as typeof Standard;
    const [made] = standardTools({ tool: tool as never, toolsOf, schema: z.object({ days: z.number() }) });
    const registry = new ToolRegistry();
    if (made !== undefined) registry.registerTool(made);
    expect(await call(registry, 'double_up', { args: '{"days":21}' })).toMatchObject({ outcome: 'ok', output: 42 });
  });

  it('gives a method the user context it declares, and is a compile error on one of another', async () => {
    const userContextSchema = z.object({ userId: z.string(), locale: z.string().default('en') });
    class Personal {
      @tool({ description: 'x', inputSchema: citySchema, userContextSchema, accessLevel: 'public' })
      greet(_input: object, { userContext }: ToolContext<{ userId: string; locale: string }>): string {
        return `${userContext.userId} ${userContext.locale}`;
      }

      // @ts-expect-error the schema of the user context gives a string
      @tool({ description: 'x', inputSchema: citySchema, userContextSchema })
      wrong(_input: object, { userContext }: ToolContext<{ userId: number }>): number {
        return userContext.userId;
      }
    }
    const registry = new ToolRegistry();
    for (const one of toolsOf(new Personal())) registry.registerTool(one);
    const args = { city: 'x' };
    const greet = (userContext: unknown) => registry.executeTool('greet', 'a', args, { userContext });
    expect((await greet({ userId: 'u1' })).output).toBe('u1 en');
    await expect(greet(undefined)).rejects.toMatchObject({ code: 'USER_CONTEXT_INVALID' });
  });

  it('refuses static and private methods and what is no method', () => {
    const decorate = tool({ description: 'x', inputSchema: citySchema });
    const method = (): string => 'x';
    const context = (more: object): ClassMethodDecoratorContext<object, typeof method> =>
      ({ kind: 'method', name: 'm', static: false, private: false, ...more }) as never;
    expect(() => decorate(method, context({ static: true }))).toThrow(TypeError);
    expect(() => decorate(method, context({ private: true }))).toThrow(TypeError);
    expect(() => decorate(Weather, 'm', { value: method })).toThrow(TypeError);
    expect(() => decorate({}, 'm', {})).toThrow('"m"');
  });

  it('is a compile error on a method of another parameter type', () => {
    class Typed {
      // @ts-expect-error the schema gives a string
      @tool({ description: 'x', inputSchema: citySchema })
      wrong({ city }: { city: number }): number {
        return city;
      }
    }
    expect(toolsOf(new Typed())).toHaveLength(1);
  });
});

describe('toolFromFunction', () => {
  it('makes a tool of a function, async or not', async () => {
    function addUp({ values }: { values: number[] }): number {
      return values.reduce((sum, value) => sum + value, 0);
    }
    const made = toolFromFunction(addUp, {
      description: 'Adds.',
      inputSchema: z.object({ values: z.array(z.number()) }),
      accessLevel: 'public',
      effect: 'pure',
    });
    expectTypeOf(made).toEqualTypeOf<Tool<{ values: number[] }, number>>();
    expect(made.name).toBe('addUp');
    const registry = new ToolRegistry();
    registry.registerTool(made);
    expect(await call(registry, 'addUp', { args: '{"values":[1,2]}' })).toMatchObject({ output: 3 });
  });

  it('needs a name from somewhere', () => {
    expect(() => toolFromFunction(() => 1, { description: 'x', inputSchema: z.object({}) })).toThrow(
      expect.objectContaining({ code: 'TOOL_INVALID' }) as Error,
    );
    expect(toolFromFunction(() => 1, { name: 'one', description: 'x', inputSchema: z.object({}) }).name).toBe('one');
  });
});
