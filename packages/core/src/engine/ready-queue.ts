import type { EpochMs } from '@master-orchestrator/contracts';
import { Heap } from './heap.js';

const LEVELS = 10;
const TOP = LEVELS - 1;
/** Stale elements tolerated before a heap is rebuilt. */
const SLACK = 1_024;

/** A place in the queue. */
export interface Ticket<T> {
  /** `undefined` once taken or removed. */ item: T | undefined;
  /** Order of submission. */ readonly seq: number;
  readonly priority: number;
  readonly readyAt: EpochMs;
  /** Effective priority as far as the queue has looked. */ level: number;
  /** When the level rises next. */ risesAt: EpochMs;
  readonly group: Group<T>;
}

/** Tickets that are equally allowed or forbidden to start: one lane and one kind, of one owner where there is one. */
export interface Group<T> {
  readonly key: string;
  readonly lane: string;
  readonly kind: string;
  readonly owner: object | undefined;
  /** Whose turn it takes. */ share: Share<T>;
  readonly levels: (Heap<Ticket<T>> | undefined)[];
  size: number;
  /** True: left out of the index until its lane is unblocked. */ isBlocked: boolean;
}

/** What the caller says of a group: take it, leave it for this look, or leave it until `unblock`. */
export type Verdict = 'take' | 'skip' | 'block';

interface Head<T> {
  readonly group: Group<T>;
  readonly seq: number;
}

/** Groups that take turns as one: the first of each of them, per level. */
export interface Share<T> {
  readonly name: string;
  readonly index: (Heap<Head<T>> | undefined)[];
  /** Groups in it. */ groups: number;
}

/**
 * What waits for a slot, in exact order: effective priority `min(9, priority + floor(waitedMs / agingMs))`, then shares
 * in turn where there are several, then submission. Tickets stand in groups, and an index knows the first of every group per level, so that a lane at its
 * limit costs nothing however long its queue is.
 */
export class ReadyQueue<T> {
  readonly #agingMs: number;
  readonly #groups = new Map<string, Group<T>>();
  readonly #byLane = new Map<string, Set<Group<T>>>();
  /** The one served longest ago first. */ readonly #shares = new Map<string, Share<T>>();
  #shareOf: (lane: string) => string = () => '';
  readonly #rising = new Heap<Ticket<T>>((a, b) => a.risesAt < b.risesAt);
  #size = 0;

  constructor(agingMs: number) {
    this.#agingMs = agingMs;
  }

  get size(): number {
    return this.#size;
  }

  push(
    item: T,
    place: { seq: number; priority: number; lane: string; kind: string; owner?: object; ownerId?: string },
    now: EpochMs,
  ): Ticket<T> {
    const group = this.#group(place.lane, place.kind, place.owner, place.ownerId);
    const ticket: Ticket<T> = {
      item,
      seq: place.seq,
      priority: place.priority,
      readyAt: now,
      level: place.priority,
      risesAt: now + this.#agingMs,
      group,
    };
    group.size += 1;
    this.#size += 1;
    this.#stand(ticket);
    if (this.#agingMs > 0 && ticket.level < TOP) this.#rising.push(ticket);
    return ticket;
  }

  remove(ticket: Ticket<T>): void {
    if (ticket.item === undefined) return;
    const { group, level } = ticket;
    const wasFirst = this.#first(group, level) === ticket;
    this.#drop(ticket);
    // The index knows the removed one; without this the next of its group would wait until something else is pushed.
    if (wasFirst) this.#indexHead(group, level);
  }

  #drop(ticket: Ticket<T>): void {
    ticket.item = undefined;
    const { group } = ticket;
    group.size -= 1;
    this.#size -= 1;
    if (group.size === 0) this.#dropGroup(group);
    if (this.#rising.size > SLACK && this.#rising.size > 2 * this.#size) {
      this.#rising.retain((other) => other.item !== undefined);
    }
  }

  /** Takes the first ticket that may start. */
  take(now: EpochMs, judge: (group: Group<T>) => Verdict): T | undefined {
    this.#age(now);
    const skipped: { head: Head<T>; level: number }[] = [];
    try {
      for (let level = TOP; level >= 0; level -= 1) {
        for (const share of this.#shares.values()) {
          const item = this.#takeAt(share, level, judge, skipped);
          if (item === undefined) continue;
          this.#noteTurn(share);
          return item;
        }
      }
      return undefined;
    } finally {
      for (const { head, level } of skipped) indexAt(head.group.share, level).push(head);
    }
  }

  /** Says which share a lane belongs to from now on. */
  regroup(shareOf: (lane: string) => string): void {
    this.#shareOf = shareOf;
    this.#shares.clear();
    for (const group of this.#groups.values()) {
      group.share = this.#share(shareOf(group.lane));
      group.share.groups += 1;
      for (let level = 0; level < LEVELS; level += 1) this.#indexHead(group, level);
    }
  }

  /** Looks again at the groups of a lane, or at all groups, that were blocked. */
  unblock(lane?: string): void {
    const groups = lane === undefined ? this.#groups.values() : (this.#byLane.get(lane) ?? []);
    for (const group of groups) {
      if (!group.isBlocked) continue;
      group.isBlocked = false;
      for (let level = 0; level < LEVELS; level += 1) this.#indexHead(group, level);
    }
  }

  #takeAt(
    share: Share<T>,
    level: number,
    judge: (group: Group<T>) => Verdict,
    skipped: { head: Head<T>; level: number }[],
  ): T | undefined {
    const index = share.index[level];
    if (index === undefined) return undefined;
    for (let head = index.pop(); head !== undefined; head = index.pop()) {
      const { group } = head;
      const ticket = group.isBlocked ? undefined : this.#first(group, level);
      if (ticket === undefined || ticket.seq !== head.seq) continue;
      const verdict = judge(group);
      if (verdict === 'block') group.isBlocked = true;
      else if (verdict === 'skip') skipped.push({ head, level });
      else {
        const { item } = ticket;
        this.#drop(ticket);
        this.#indexHead(group, level);
        return item;
      }
    }
    return undefined;
  }

  /** First living ticket of a group at a level; drops the dead ones before it. */
  #first(group: Group<T>, level: number): Ticket<T> | undefined {
    const heap = group.levels[level];
    if (heap === undefined) return undefined;
    for (let ticket = heap.peek(); ticket !== undefined; ticket = heap.peek()) {
      if (ticket.item !== undefined && ticket.level === level) return ticket;
      heap.pop();
    }
    return undefined;
  }

  #indexHead(group: Group<T>, level: number): void {
    const ticket = this.#first(group, level);
    if (ticket !== undefined && !group.isBlocked) indexAt(group.share, level).push({ group, seq: ticket.seq });
  }

  #stand(ticket: Ticket<T>): void {
    const { group, level } = ticket;
    const heap = (group.levels[level] ??= new Heap<Ticket<T>>((a, b) => a.seq < b.seq));
    heap.push(ticket);
    if (heap.size > SLACK && heap.size > 2 * group.size)
      heap.retain((other) => other.item !== undefined && other.level === level);
    if (!group.isBlocked && this.#first(group, level) === ticket)
      indexAt(group.share, level).push({ group, seq: ticket.seq });
  }

  #age(now: EpochMs): void {
    for (
      let ticket = this.#rising.peek();
      ticket !== undefined && ticket.risesAt <= now;
      ticket = this.#rising.peek()
    ) {
      this.#rising.pop();
      if (ticket.item === undefined) continue;
      const left = ticket.level;
      ticket.level = Math.min(TOP, ticket.priority + Math.floor((now - ticket.readyAt) / this.#agingMs));
      this.#stand(ticket);
      this.#indexHead(ticket.group, left);
      if (ticket.level < TOP) {
        ticket.risesAt = ticket.readyAt + (ticket.level - ticket.priority + 1) * this.#agingMs;
        this.#rising.push(ticket);
      }
    }
  }

  #group(lane: string, kind: string, owner: object | undefined, ownerId = ''): Group<T> {
    const key = JSON.stringify([lane, kind, ownerId]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      const share = this.#share(this.#shareOf(lane));
      share.groups += 1;
      group = { key, lane, kind, owner, share, levels: [], size: 0, isBlocked: false };
      this.#groups.set(key, group);
      const ofLane = this.#byLane.get(lane);
      if (ofLane === undefined) this.#byLane.set(lane, new Set([group]));
      else ofLane.add(group);
    }
    return group;
  }

  #dropGroup(group: Group<T>): void {
    this.#groups.delete(group.key);
    const ofLane = this.#byLane.get(group.lane);
    ofLane?.delete(group);
    if (ofLane?.size === 0) this.#byLane.delete(group.lane);
    group.share.groups -= 1;
    if (group.share.groups === 0) this.#shares.delete(group.share.name);
  }

  #share(name: string): Share<T> {
    let share = this.#shares.get(name);
    if (share === undefined) {
      share = { name, index: [], groups: 0 };
      this.#shares.set(name, share);
    }
    return share;
  }

  /** Puts a share behind the others; one that has nothing left is gone already. */
  #noteTurn(share: Share<T>): void {
    if (this.#shares.size < 2 || !this.#shares.delete(share.name)) return;
    this.#shares.set(share.name, share);
  }
}

/** Made at the first need: most shares ever use one level. */
function indexAt<T>(share: Share<T>, level: number): Heap<Head<T>> {
  return (share.index[level] ??= new Heap<Head<T>>((a, b) => a.seq < b.seq));
}
