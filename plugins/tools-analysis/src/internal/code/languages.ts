/** How the syntax of a language is read. */
export interface Grammar {
  /** npm package that ships it. */ readonly package: string;
  /** Finds the grammar's file; a call by name, so that tools that look for dependencies see it. */
  readonly locate: (require: NodeJS.Require) => string;
  /** Types of nodes that are functions. */ readonly functions: ReadonlySet<string>;
  /** Types of nodes that nest code. */ readonly nests: ReadonlySet<string>;
}

/** Languages that can be validated. */
export const CODE_LANGUAGES = [
  'javascript',
  'typescript',
  'tsx',
  'python',
  'json',
  'yaml',
  'go',
  'rust',
  'java',
  'bash',
] as const;

/** One of {@link CODE_LANGUAGES}. */
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

/** Other names under which models know them. */
export const LANGUAGE_ALIASES = ['js', 'jsx', 'ts', 'py', 'yml', 'golang', 'rs', 'sh', 'shell'] as const;

const OF_ALIAS: Readonly<Record<(typeof LANGUAGE_ALIASES)[number], CodeLanguage>> = {
  js: 'javascript',
  jsx: 'javascript',
  ts: 'typescript',
  py: 'python',
  yml: 'yaml',
  golang: 'go',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
};

const OF_ENDING: ReadonlyMap<string, CodeLanguage> = new Map([
  ['js', 'javascript'],
  ['mjs', 'javascript'],
  ['cjs', 'javascript'],
  ['jsx', 'javascript'],
  ['ts', 'typescript'],
  ['mts', 'typescript'],
  ['cts', 'typescript'],
  ['tsx', 'tsx'],
  ['py', 'python'],
  ['pyi', 'python'],
  ['json', 'json'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['go', 'go'],
  ['rs', 'rust'],
  ['java', 'java'],
  ['sh', 'bash'],
  ['bash', 'bash'],
]);

const ECMASCRIPT = {
  functions: new Set([
    'function_declaration',
    'function_expression',
    'generator_function',
    'generator_function_declaration',
    'arrow_function',
    'method_definition',
  ]),
  nests: new Set(['statement_block', 'class_body', 'switch_body']),
};

/** Grammars by language; JSON and YAML have parsers of their own. */
export const GRAMMARS: Readonly<Record<Exclude<CodeLanguage, 'json' | 'yaml'>, Grammar>> = {
  javascript: {
    package: 'tree-sitter-javascript',
    locate: (require) => require.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm'),
    ...ECMASCRIPT,
  },
  typescript: {
    package: 'tree-sitter-typescript',
    locate: (require) => require.resolve('tree-sitter-typescript/tree-sitter-typescript.wasm'),
    ...ECMASCRIPT,
  },
  tsx: {
    package: 'tree-sitter-typescript',
    locate: (require) => require.resolve('tree-sitter-typescript/tree-sitter-tsx.wasm'),
    ...ECMASCRIPT,
  },
  python: {
    package: 'tree-sitter-python',
    locate: (require) => require.resolve('tree-sitter-python/tree-sitter-python.wasm'),
    functions: new Set(['function_definition', 'lambda']),
    nests: new Set(['block']),
  },
  go: {
    package: 'tree-sitter-go',
    locate: (require) => require.resolve('tree-sitter-go/tree-sitter-go.wasm'),
    functions: new Set(['function_declaration', 'method_declaration', 'func_literal']),
    nests: new Set(['block', 'expression_switch_statement', 'type_switch_statement', 'select_statement']),
  },
  rust: {
    package: 'tree-sitter-rust',
    locate: (require) => require.resolve('tree-sitter-rust/tree-sitter-rust.wasm'),
    functions: new Set(['function_item', 'closure_expression']),
    nests: new Set(['block', 'match_block', 'declaration_list']),
  },
  java: {
    package: 'tree-sitter-java',
    locate: (require) => require.resolve('tree-sitter-java/tree-sitter-java.wasm'),
    functions: new Set([
      'method_declaration',
      'constructor_declaration',
      'compact_constructor_declaration',
      'lambda_expression',
    ]),
    nests: new Set(['block', 'class_body', 'interface_body', 'enum_body', 'switch_block', 'constructor_body']),
  },
  bash: {
    package: 'tree-sitter-bash',
    locate: (require) => require.resolve('tree-sitter-bash/tree-sitter-bash.wasm'),
    functions: new Set(['function_definition']),
    nests: new Set(['do_group', 'if_statement', 'case_statement', 'compound_statement', 'subshell']),
  },
};

/** The language of a name, else of the ending of a file name, else `undefined`. */
export function languageOf(name: string | undefined, filename: string | undefined): CodeLanguage | undefined {
  const ending = /\.([a-z]+)$/i.exec(filename ?? '')?.[1]?.toLowerCase() ?? '';
  const ofFile = OF_ENDING.get(ending);
  if (name === undefined) return ofFile;
  const ofName = OF_ALIAS[name as keyof typeof OF_ALIAS] ?? (name as CodeLanguage);
  return ofName === 'typescript' && ofFile === 'tsx' ? 'tsx' : ofName;
}
