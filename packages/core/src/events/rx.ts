// What core uses of RxJS, from the files that hold it: its index loads two hundred more, a fifth of what importing core
// costs. The classes are the same ones, so everything that others import from 'rxjs' works with them.
export { config } from 'rxjs/internal/config';
export { Observable } from 'rxjs/internal/Observable';
export { Subject } from 'rxjs/internal/Subject';
export type { Subscriber } from 'rxjs/internal/Subscriber';
export { Subscription } from 'rxjs/internal/Subscription';
