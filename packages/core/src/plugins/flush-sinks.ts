import type { EventSink, PluginV1 } from '@master-orchestrator/contracts';
import { sleep, type Clock } from '@master-orchestrator/errors';
import type { EventBus } from '../events/event-bus.js';

/** Sinks with their plugins. */
export type OwnedSinks = readonly { readonly plugin: PluginV1; readonly value: EventSink }[];

/** Lets sinks deliver what they hold; one that fails or hangs is told of and left behind. */
export async function flushSinks(
  sinks: OwnedSinks,
  { bus, clock, limitMs }: { readonly bus: EventBus; readonly clock: Clock; readonly limitMs: number },
): Promise<void> {
  await Promise.all(
    sinks.map(async ({ plugin, value }) => {
      if (value.flush === undefined) return;
      const waiting = new AbortController();
      const tooLong = sleep(clock, limitMs, waiting.signal).then(() => {
        throw new Error(`flush() did not end within ${limitMs} ms.`);
      });
      try {
        await Promise.race([value.flush(), tooLong]);
      } catch (error) {
        bus.reportListener(`${plugin.name}/${value.name}`, error);
      } finally {
        waiting.abort();
        tooLong.catch(() => undefined);
      }
    }),
  );
}
