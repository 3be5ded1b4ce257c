import type { Json } from '@master-orchestrator/errors';
import type { Table } from './tables.js';

/** A list of numbers, named where the text names it. */
export interface Series {
  readonly label?: string;
  readonly values: readonly number[];
}

interface Span {
  /** Index of the first character in the text. */ readonly start: number;
  /** Index after the last character. */ readonly end: number;
  /** The characters as written. */ readonly text: string;
}

/** A piece of data in a text. */
export type Mention = Span &
  (
    | { readonly kind: 'code'; readonly code: string; readonly language?: string }
    | { readonly kind: 'json'; readonly value: Json; readonly label?: string }
    | { readonly kind: 'table'; readonly table: Table; readonly source: string; readonly format: 'csv' | 'markdown' }
    | { readonly kind: 'series'; readonly series: Series }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'date'; readonly value: string }
    | { readonly kind: 'url' | 'email' | 'file' | 'folder' | 'quote' | 'jsonpath'; readonly value: string }
  );

/** One of the kinds of {@link Mention}. */
export type MentionKind = Mention['kind'];

/** What was found in a text. */
export interface ExtractedData {
  readonly text: string;
  /** In the order of the text; spans do not overlap. */ readonly mentions: readonly Mention[];
}

/** A span without its text. */
export type Found = Mention extends infer One ? (One extends Mention ? Omit<One, 'text'> : never) : never;
