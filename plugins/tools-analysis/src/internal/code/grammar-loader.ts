import { createRequire } from 'node:module';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { Language, Parser } from 'web-tree-sitter';
import type { Grammar } from './languages.js';

/** Loads grammars once, on first use. */
export class GrammarLoader {
  readonly #languages = new Map<string, Promise<Language>>();

  /**
   * A new parser for a grammar.
   *
   * @throws OrchestratorError PACKAGE_MISSING, naming the package to install.
   */
  async parserFor(grammar: Grammar): Promise<Parser> {
    const { Language: languages, Parser: TreeParser } = await import('web-tree-sitter');
    await TreeParser.init();
    const path = pathOf(grammar);
    const loading = this.#languages.get(path) ?? languages.load(path);
    this.#languages.set(path, loading);
    const language = await loading;
    const parser = new TreeParser();
    parser.setLanguage(language);
    return parser;
  }
}

/** Only the file is used: the package's code is never loaded, its install script never needed. */
function pathOf({ package: name, locate }: Grammar): string {
  try {
    return locate(createRequire(import.meta.url));
  } catch (cause) {
    const message = `validate_code needs the package "${name}" for this language. Run: npm install --ignore-scripts ${name}`;
    throw new OrchestratorError('PACKAGE_MISSING', message, { cause, details: { package: name } });
  }
}
