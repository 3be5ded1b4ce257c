import type { Dispatcher } from 'undici';

/** A request on its way. */
export interface Ticket {
  /** True while it waits for a socket that others use. */ readonly isInLine: boolean;
  /** The answer has come to its end: the socket is free for others. */ done(): void;
  /** No more of it is wanted: the socket is destroyed, or the place in the line given up. */ cancel(
    error: Error,
  ): void;
}

/** Takes what becomes of a request. */
export interface Receiver extends Dispatcher.DispatchHandler {
  /** Its wait in the line is over: it has a socket, or one is opened for it. */ onTurn(): void;
  /** It could not be sent. */ onUnsent(error: Error): void;
}

/** Sends requests. */
export interface Sender {
  send(request: Dispatcher.DispatchOptions, receiver: Receiver): Ticket;
  /** Leaves the sockets it has; requests under way go on. */ renew?(): Promise<void>;
  /** Ends everything at once. */ close(error: Error): Promise<void>;
}
