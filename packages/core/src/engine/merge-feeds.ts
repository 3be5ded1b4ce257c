import type { FeedItem } from '@master-orchestrator/contracts';

/**
 * The items of a feed with those of one beside it, as they come. An item from beside has the cursor of the last one of
 * the first feed, so that a reader can go on from any item. Ends with the first feed.
 *
 * @param from - Where the first feed is read from.
 */
export async function* mergeFeeds(
  first: AsyncIterable<FeedItem>,
  beside: AsyncIterable<FeedItem>,
  from: string,
): AsyncGenerator<FeedItem, void> {
  const [main, other] = [first[Symbol.asyncIterator](), beside[Symbol.asyncIterator]()];
  let cursor = from;
  let [mainStep, otherStep] = [main.next(), other.next()];
  try {
    for (;;) {
      const [isMain, step] = await Promise.race([tagged(true, mainStep), tagged(false, otherStep)]);
      if (isMain && step.done === true) return;
      if (isMain) mainStep = main.next();
      else otherStep = step.done === true ? new Promise(() => {}) : other.next();
      if (step.done === true) continue;
      if (isMain) cursor = step.value.cursor;
      yield isMain ? step.value : { ...step.value, cursor };
    }
  } finally {
    await Promise.all([main.return?.(), other.return?.()]);
  }
}

async function tagged<T>(isMain: boolean, step: Promise<T>): Promise<readonly [boolean, T]> {
  return [isMain, await step];
}
