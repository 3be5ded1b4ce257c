import type { Dispatcher } from 'undici';
import type { Receiver, Sender, Ticket } from './sender.js';

/** Sends through a dispatcher that belongs to somebody else: its sockets and its lines are its own business. */
export class ForeignSender implements Sender {
  readonly #dispatcher: Dispatcher;
  readonly #running = new Set<Receiver>();

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  send(request: Dispatcher.DispatchOptions, receiver: Receiver): Ticket {
    let controller: Dispatcher.DispatchController | undefined;
    let unwanted: Error | undefined;
    const onRequestStart = (started: Dispatcher.DispatchController, context: unknown): void => {
      controller = started;
      if (unwanted) started.abort(unwanted);
      else receiver.onRequestStart?.(started, context);
    };
    const settle = (): void => void this.#running.delete(receiver);
    this.#running.add(receiver);
    try {
      this.#dispatcher.dispatch(request, {
        onRequestStart,
        onResponseStart: (...told) => receiver.onResponseStart?.(...told),
        onResponseData: (...told) => receiver.onResponseData?.(...told),
        onResponseEnd: (...told) => receiver.onResponseEnd?.(...told),
        onResponseError: (...told) => receiver.onResponseError?.(...told),
      });
    } catch (error) {
      settle();
      receiver.onUnsent(error as Error);
    }
    return {
      isInLine: true,
      done: settle,
      cancel: (error) => {
        settle();
        unwanted = error;
        controller?.abort(error);
      },
    };
  }

  close(error: Error): Promise<void> {
    for (const receiver of this.#running) receiver.onUnsent(error);
    return Promise.resolve();
  }
}
