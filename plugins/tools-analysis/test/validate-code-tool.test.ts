import { systemClock } from '@master-orchestrator/errors';
import * as fc from 'fast-check';
import { callTool, testToolContext } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { analysisToolsPlugin } from '../src/index.js';
import { GrammarLoader } from '../src/internal/code/grammar-loader.js';
import { BROKEN, VALID } from './code-samples.js';

interface Result {
  valid: boolean;
  language: string;
  faults: { line: number; column: number; message: string }[];
  metrics: {
    lines: number;
    blankLines: number;
    commentLines: number;
    functions: number;
    maxNesting: number;
    longestLine: number;
  };
}

const plugin = analysisToolsPlugin();
const validate = (language: string, code: string, more: object = {}): Promise<Result> =>
  callTool<Result>(plugin, 'validate_code', { language, code, ...more });

/** Threads and grammars start slowly on a busy machine. */
const SLOW = { timeout: 60_000 };

describe('validate_code', SLOW, () => {
  it.each(VALID)('accepts valid %s', async (language, code) => {
    expect((await validate(language, code)).faults).toEqual([]);
  });

  it.each(BROKEN)('finds the fault of %s in line %i of %j', async (language, line, code) => {
    const { valid, faults } = await validate(language, code);
    expect(valid).toBe(false);
    expect(faults.map((fault) => fault.line)).toContain(line);
    expect(faults[0]?.line ?? 0).toBeLessThanOrEqual(line);
    for (const fault of faults)
      expect(fault).toEqual({ line: expect.any(Number), column: expect.any(Number), message: expect.any(String) });
  });

  it('names line and column of a fault', async () => {
    expect((await validate('javascript', 'foo(1, 2;\n')).faults).toEqual([
      { line: 1, column: 9, message: 'expected ")"' },
    ]);
    expect((await validate('json', '{"é": 1,\n "b" 2}')).faults).toEqual([
      { line: 2, column: 6, message: 'expected ":"; found "2"' },
    ]);
  });

  it('measures code', async () => {
    const code = '// a\nfunction f() {\n  if (x) {\n    /* b\n    c */\n    return () => { y(); }; // d\n  }\n\n}\n';
    expect((await validate('javascript', code)).metrics).toEqual({
      lines: 9,
      blankLines: 1,
      commentLines: 3,
      functions: 2,
      maxNesting: 3,
      longestLine: 31,
    });
    expect((await validate('json', '{"a": [[1]]}')).metrics).toMatchObject({ lines: 1, maxNesting: 3, functions: 0 });
    expect((await validate('yaml', '# x\na: [1] # y\nb: |\n  # z\n')).metrics).toMatchObject({
      commentLines: 1,
      maxNesting: 2,
    });
  });

  it.each([
    ['main.py', 'x = 1', 'python'],
    ['a/b.TSX', 'const a = <b />;', 'tsx'],
    ['build.yml', 'a: 1', 'yaml'],
  ])('knows the language of %s', async (filename, code, language) => {
    expect(await callTool<Result>(plugin, 'validate_code', { code, filename })).toMatchObject({
      valid: true,
      language,
    });
  });

  it('knows other names of languages, and JSX in TypeScript by the file name', async () => {
    expect(await validate('py', 'x = 1')).toMatchObject({ language: 'python' });
    expect(await validate('ts', 'const a = <b />;', { filename: 'a.tsx' })).toMatchObject({
      valid: true,
      language: 'tsx',
    });
  });

  it('asks for the language where it cannot be known', async () => {
    await expect(callTool(plugin, 'validate_code', { code: 'x' })).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS_INVALID',
      message: expect.stringContaining('javascript, typescript') as string,
    });
  });

  it('accepts empty code except where something must stand', async () => {
    for (const language of ['javascript', 'typescript', 'python', 'yaml', 'go', 'rust', 'java', 'bash']) {
      expect(await validate(language, '')).toMatchObject({ valid: true, metrics: { lines: 0, longestLine: 0 } });
    }
    expect(await validate('json', '')).toMatchObject({ valid: false });
  });

  it('runs nothing', async () => {
    const code = 'globalThis.wasRun = true; process.exit(1);';
    await validate('javascript', code);
    await validate('yaml', '!!js/function "function () { globalThis.wasRun = true }"');
    expect('wasRun' in globalThis).toBe(false);
  });

  it('reports at most 20 faults, one a line', async () => {
    const { faults } = await validate('javascript', 'const = ;\n'.repeat(100));
    expect(faults).toHaveLength(20);
    expect(new Set(faults.map(({ line }) => line)).size).toBe(20);
  });
});

describe('the bounds of validate_code', SLOW, () => {
  it('refuses code beyond maxCodeBytes', async () => {
    await expect(validate('python', 'x'.repeat(262_145))).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it.each([
    ['javascript', '('.repeat(100_000)],
    ['python', '['.repeat(50_000)],
    ['json', '['.repeat(200_000)],
    ['yaml', '[{'.repeat(2_000)],
    ['rust', '{('.repeat(20_000)],
    ['bash', '$('.repeat(20_000)],
  ])('survives deep nesting of %s', async (language, code) => {
    expect(await validate(language, code)).toMatchObject({ valid: false });
  });

  it.each(['javascript', 'yaml'])('ends reading %s when its time is over', async (language) => {
    const clock = {
      ...systemClock,
      monotonic: () => (now += 1_000),
      setTimer: (_: number, callback: () => void) => endSoon(callback),
    };
    let now = 0;
    const hurried = analysisToolsPlugin({ clock, codeTimeoutMs: 10 });
    await expect(callTool(hurried, 'validate_code', { language, code: 'a: 1\n'.repeat(2_000) })).rejects.toMatchObject({
      code: 'TOOL_TIMEOUT',
      category: 'TIMEOUT_ERROR',
      isRetryable: false,
    });
  });

  it('lets other work run while it reads', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    await validate('javascript', 'function f(a) { return [1, { b: a }]; }\n'.repeat(5_000));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  it.each(['javascript', 'yaml'])('stops reading %s when the call is cancelled', async (language) => {
    const controller = new AbortController();
    const code = 'a: [1]\n'.repeat(30_000);
    const pending = callTool(
      plugin,
      'validate_code',
      { language, code },
      testToolContext({ signal: controller.signal }),
    );
    setImmediate(() => controller.abort(new Error('stop')));
    await expect(pending).rejects.toThrow('stop');
  });

  it('names the package to install where a grammar is missing', async () => {
    const grammar = {
      package: 'tree-sitter-nowhere',
      locate: (require: NodeJS.Require) => require.resolve('tree-sitter-nowhere'.concat('/x.wasm')),
      functions: new Set<string>(),
      nests: new Set<string>(),
    };
    await expect(new GrammarLoader().parserFor(grammar)).rejects.toMatchObject({
      code: 'PACKAGE_MISSING',
      message: expect.stringContaining('npm install --ignore-scripts tree-sitter-nowhere') as string,
    });
  });
});

describe('JSON', SLOW, () => {
  it('is valid exactly where JSON.parse accepts it', async () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '"\\x"',
      '\n',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.array(token, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        async (code) => {
          expect((await validate('json', code)).valid).toBe(isJson(code));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function isJson(code: string): boolean {
  try {
    JSON.parse(code);
    return true;
  } catch {
    return false;
  }
}

function endSoon(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  return () => clearImmediate(immediate);
}
