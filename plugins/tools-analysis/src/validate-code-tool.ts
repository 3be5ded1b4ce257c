import { defineTool, type AnyTool, type ToolContext } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { CodeReport } from './internal/code/code-report.js';
import { CODE_LANGUAGES, LANGUAGE_ALIASES, languageOf, type CodeLanguage } from './internal/code/languages.js';
import type { GrammarLoader } from './internal/code/grammar-loader.js';
import { invalid, tooLarge } from './internal/faults.js';

/** Bounds of one check. */
export interface CodeLimits {
  readonly maxCodeBytes: number;
  readonly codeTimeoutMs: number;
  readonly clock: Clock;
}

const outputSchema = z.object({
  valid: z.boolean().describe('True where no fault was found.'),
  language: z.enum(CODE_LANGUAGES),
  faults: z
    .array(z.object({ line: z.int(), column: z.int(), message: z.string() }))
    .describe('Places that do not fit the language, counted from 1; at most 20, one a line.'),
  metrics: z.object({
    lines: z.int(),
    blankLines: z.int(),
    commentLines: z.int().describe('Lines that hold a comment and nothing else.'),
    functions: z.int(),
    maxNesting: z.int().describe('Blocks within each other; for JSON and YAML containers.'),
    longestLine: z.int(),
  }),
});

/** Makes the tool `validate_code`. Parser and grammars are loaded on the first call that needs them. */
export function validateCodeTool(limits: CodeLimits): AnyTool {
  const loaders: { promise?: Promise<GrammarLoader> } = {};
  return defineTool({
    name: 'validate_code',
    description:
      'Checks the syntax of source code without running it: JavaScript, TypeScript, Python, JSON, YAML, Go, Rust, Java or ' +
      'Bash. Returns line and column of each fault, and simple metrics such as lines, functions and nesting.',
    category: 'analysis',
    accessLevel: 'public',
    effect: 'pure',
    inputSchema: z.object({
      code: z.string().describe('The source code, without code fences.'),
      language: z
        .enum([...CODE_LANGUAGES, ...LANGUAGE_ALIASES])
        .optional()
        .describe('Language of the code. Default: known from filename.'),
      filename: z
        .string()
        .max(1_000)
        .optional()
        .describe('Name of the file, such as "main.py"; nothing is read from it.'),
    }),
    outputSchema,
    async execute({ code, language: name, filename }, context): Promise<z.output<typeof outputSchema>> {
      const language = languageOf(name, filename);
      if (language === undefined) throw invalid(`Name the language: one of ${CODE_LANGUAGES.join(', ')}.`);
      const bytes = Buffer.byteLength(code);
      if (bytes > limits.maxCodeBytes) {
        throw tooLarge(`The code has ${bytes} bytes; the limit is ${limits.maxCodeBytes}. Validate a part of it.`, {
          bytes,
        });
      }
      loaders.promise ??= import('./internal/code/grammar-loader.js').then((module) => new module.GrammarLoader());
      const { faults, metrics } = await check(code, language, limits, context, loaders.promise);
      return { valid: faults.length === 0, language, faults: [...faults], metrics };
    },
  });
}

async function check(
  code: string,
  language: CodeLanguage,
  { codeTimeoutMs: timeoutMs, clock }: CodeLimits,
  { signal }: ToolContext,
  loader: Promise<GrammarLoader>,
): Promise<CodeReport> {
  if (language === 'json') return (await import('./internal/code/json-syntax.js')).checkJson(code);
  if (language === 'yaml')
    return (await import('./internal/code/yaml-syntax.js')).checkYaml(code, { timeoutMs, signal, clock });
  const { checkTree } = await import('./internal/code/tree-survey.js');
  return checkTree(code, language, { loader: await loader, timeoutMs, signal, clock });
}
