import { OrchestratorError } from '@master-orchestrator/errors';

/** One page of a list. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next?: string;
}

/** A page of what is sorted newest first by time and id; the cursor is the last entry's place, so that new entries shift nothing. */
export function pageByTime<Item>(
  items: readonly Item[],
  placeOf: (item: Item) => { readonly at: number; readonly id: string },
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Item> {
  const after = cursor === undefined ? undefined : readPlace(cursor);
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
function compare(one: Place, other: Place): number {
  if (one.at !== other.at) return other.at - one.at;
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
