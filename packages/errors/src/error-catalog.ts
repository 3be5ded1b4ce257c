import type { CatalogEntry } from './catalog/catalog-entry.js';
import { MODEL_CODES } from './catalog/model-codes.js';
import { ORCHESTRATOR_CODES } from './catalog/orchestrator-codes.js';
import { SYSTEM_CODES } from './catalog/system-codes.js';

export type { CatalogEntry } from './catalog/catalog-entry.js';

/** Every stable error code with its starting values. Renaming a code is a major change. */
export const ERROR_CATALOG = { ...MODEL_CODES, ...SYSTEM_CODES, ...ORCHESTRATOR_CODES } as const satisfies Record<
  string,
  CatalogEntry
>;

/** A code of {@link ERROR_CATALOG}. */
export type ErrorCode = keyof typeof ERROR_CATALOG;

/** True for a code of the catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}

/** The row of a code, or `undefined` for one that a plugin brought. */
export function catalogEntry(code: string): CatalogEntry | undefined {
  return isErrorCode(code) ? ERROR_CATALOG[code] : undefined;
}

/** The page that ships with this package and has one heading per code. */
const DOCS_PAGE = '@master-orchestrator/errors/docs/error-codes.md';

/**
 * Where a code is explained: page and anchor.
 *
 * @param page - Address of the page, where it is published somewhere. @default the page inside the installed package
 */
export function docsAnchor(code: string, page: string = DOCS_PAGE): string {
  return `${page}#${code.toLowerCase()}`;
}
