import { OrchestratorError } from '@master-orchestrator/errors';

/** One page of a list. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next?: string;
}

/** Which part of a list is wanted. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * A page of what is sorted by time and id; the cursor is the last entry's place, so that entries that come or go shift
 * nothing.
 *
 * @param order - Which entries come first. Default: the newest.
 */
export function pageByTime<Item>(
  items: readonly Item[],
  placeOf: (item: Item) => { readonly at: number; readonly id: string },
  { limit, cursor }: PageRequest,
  order: 'newest' | 'oldest' = 'newest',
): Page<Item> {
  const after = cursor === undefined ? undefined : readPlace(cursor);
  const compare = order === 'newest' ? compareNewest : compareOldest;
  const sorted = items
    .map((item) => ({ item, place: placeOf(item) }))
    .filter(({ place }) => after === undefined || compare(after, place) < 0)
    .sort((one, other) => compare(one.place, other.place));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  const items_ = page.map(({ item }) => item);
  return last === undefined || sorted.length <= limit
    ? { items: items_ }
    : { items: items_, next: writePlace(last.place) };
}

interface Place {
  readonly at: number;
  readonly id: string;
}

/** Newest first; of the same time by id. */
function compareNewest(one: Place, other: Place): number {
  return one.at === other.at ? compareIds(one, other) : other.at - one.at;
}

/** Oldest first; of the same time by id. */
function compareOldest(one: Place, other: Place): number {
  return one.at === other.at ? compareIds(one, other) : one.at - other.at;
}

function compareIds(one: Place, other: Place): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

function writePlace({ at, id }: Place): string {
  return Buffer.from(`${at}:${id}`).toString('base64url');
}

function readPlace(cursor: string): Place {
  const [, at, id] = /^(\d{1,16}):(.+)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || id === undefined) {
    throw new OrchestratorError(
      'REQUEST_INVALID',
      'The cursor is not one that this list gave. Begin without a cursor.',
    );
  }
  return { at: Number(at), id };
}
