import type { Limits } from '@master-orchestrator/contracts';
import type { Database } from '../database/database.js';
import { announce, phaseName, type TaskRow } from './rows.js';

/** Rows looked at before the search goes lane by lane. */
const FIRST_LOOK = 64;

/** Who claims, and what it may take. */
export interface Claimer {
  readonly worker: number;
  readonly workerName: string;
  readonly free: number;
  readonly now: number;
  readonly agingMs: number;
  accepts(lane: string, kind: string): boolean;
}

/** A task that was given a slot: a new delivery, or the go-ahead for a run that waited. */
export interface ClaimedRow {
  readonly task: TaskRow;
  readonly isResumed: boolean;
}

/** A row of the queue. */
interface Candidate {
  readonly seq: number;
  readonly lane: string;
  readonly kind: string;
  readonly level: number;
  readonly worker: number;
}

const COLUMNS = 'seq, lane, kind, level, worker';

/**
 * Takes what may start, in exact order: effective priority, then shares in turn where there are several, then submission.
 * Total, lanes and pauses are counted in the
 * same transaction, so they hold over all processes.
 */
export function claimTasks(database: Database, claimer: Claimer): ClaimedRow[] {
  // A worker that was taken for dead meanwhile must not hold anything.
  if (database.get('SELECT 1 FROM worker WHERE id = ?', claimer.worker) === undefined) return [];
  raiseLevels(database, claimer);
  const room = new Room(database, claimer);
  const turns = new Turns(database, room.shares);
  const claimed: ClaimedRow[] = [];
  const take = (candidate: Candidate): void => {
    room.take(candidate.lane);
    turns.take(candidate.lane);
    claimed.push({ task: start(database, candidate, claimer), isResumed: candidate.worker !== 0 });
  };
  // The line as a whole is in order of submission; shares are found by their lanes.
  const isComplete = room.shares === undefined && firstLook(database, room, claimer, take);
  if (!isComplete && room.left > 0) laneByLane(database, { room, turns, claimer, take });
  if (claimed.length > 0) turns.write(database);
  return claimed;
}

/** True where something stands in line that this worker could take; a cheap look before a transaction. */
export function hasReady(database: Database, worker: number): boolean {
  const sql = 'SELECT 1 FROM task WHERE phase = 2 AND worker = ? LIMIT 1';
  return database.get(sql, 0) !== undefined || database.get(sql, worker) !== undefined;
}

/** What the limits leave room for, as of this transaction. */
class Room {
  left: number;
  readonly #limits: Limits;
  readonly #running = new Map<string, number>();
  readonly #paused: ReadonlySet<string>;
  readonly #claimer: Claimer;

  constructor(database: Database, claimer: Claimer) {
    this.#claimer = claimer;
    this.#limits = readLimits(database);
    let total = 0;
    const rows = database.all<{ lane: string; n: number }>(
      'SELECT lane, count(*) AS n FROM task WHERE phase = 3 GROUP BY lane',
    );
    for (const { lane, n } of rows) {
      this.#running.set(lane, n);
      total += n;
    }
    this.left = Math.min(claimer.free, (this.#limits.total ?? Number.POSITIVE_INFINITY) - total);
    this.#paused = new Set(database.all<{ name: string }>('SELECT name FROM paused_lane').map((row) => row.name));
  }

  get shares(): Limits['shares'] {
    return this.#limits.shares;
  }

  allows({ lane, kind, worker }: Candidate): boolean {
    const limit = this.#limits.lanes?.[lane] ?? this.#limits.perLaneDefault ?? Number.POSITIVE_INFINITY;
    if ((this.#running.get(lane) ?? 0) >= limit) return false;
    // A run that waited goes on in a paused lane, too: it was started before.
    return worker !== 0 || (!this.#paused.has(lane) && this.#claimer.accepts(lane, kind));
  }

  take(lane: string): void {
    this.left -= 1;
    this.#running.set(lane, (this.#running.get(lane) ?? 0) + 1);
  }
}

/** Which share was served when; kept for all processes. Nothing where there is one share. */
class Turns {
  readonly #shares: Limits['shares'];
  readonly #served: Record<string, number>;

  constructor(database: Database, shares: Limits['shares']) {
    this.#shares = shares;
    const sql = "SELECT value FROM setting WHERE name = 'turns'";
    const row = shares === undefined ? undefined : database.get<{ value: string }>(sql);
    this.#served = row === undefined ? {} : (JSON.parse(row.value) as Record<string, number>);
  }

  take(lane: string): void {
    if (this.#shares === undefined) return;
    this.#served[this.#shareOf(lane)] = 1 + Math.max(0, ...Object.values(this.#served));
  }

  /** Below 0 where the share of the left lane was served longer ago. */
  compare(left: string, right: string): number {
    if (this.#shares === undefined) return 0;
    return (this.#served[this.#shareOf(left)] ?? 0) - (this.#served[this.#shareOf(right)] ?? 0);
  }

  write(database: Database): void {
    if (this.#shares === undefined) return;
    const known = new Set(['', ...Object.values(this.#shares)]);
    const kept = Object.entries(this.#served).filter(([share]) => known.has(share));
    const sql = "INSERT OR REPLACE INTO setting (name, value) VALUES ('turns', ?)";
    database.run(sql, JSON.stringify(Object.fromEntries(kept)));
  }

  #shareOf(lane: string): string {
    return this.#shares?.[lane] ?? '';
  }
}

export function readLimits(database: Database): Limits {
  const row = database.get<{ value: string }>("SELECT value FROM setting WHERE name = 'limits'");
  return row === undefined ? {} : (JSON.parse(row.value) as Limits);
}

/** Writes down the priority that waiting has raised: `min(9, priority + floor(waitedMs / agingMs))`. */
function raiseLevels(database: Database, { now, agingMs }: Claimer): void {
  if (agingMs <= 0) return;
  const rise = 'CAST((? - ready_at) / ? AS INTEGER)';
  database.run(
    `UPDATE task SET
       level = min(9, priority + ${rise}),
       rises_at = CASE WHEN priority + ${rise} >= 9 THEN NULL ELSE CAST(ready_at + (${rise} + 1) * ? AS INTEGER) END
     WHERE phase = 2 AND rises_at IS NOT NULL AND rises_at <= ?`,
    now,
    agingMs,
    now,
    agingMs,
    now,
    agingMs,
    agingMs,
    now,
  );
}

/** Goes down the whole line; true where it reached its end or ran out of room. */
function firstLook(database: Database, room: Room, claimer: Claimer, take: (candidate: Candidate) => void): boolean {
  const sql = `SELECT ${COLUMNS} FROM task WHERE phase = 2 AND worker = ? ORDER BY level DESC, seq LIMIT ${FIRST_LOOK}`;
  const anyone = database.all<Candidate>(sql, 0);
  const own = database.all<Candidate>(sql, claimer.worker);
  // Beyond the shorter look nothing is known of the order between the two.
  const isCut = anyone.length === FIRST_LOOK || own.length === FIRST_LOOK;
  const horizon = isCut ? [anyone, own].map((rows) => (rows.length === FIRST_LOOK ? rows.at(-1) : undefined)) : [];
  for (const candidate of [...anyone, ...own].sort(inOrder)) {
    if (room.left <= 0) return true;
    if (horizon.some((end) => end !== undefined && inOrder(end, candidate) < 0)) return false;
    if (room.allows(candidate)) take(candidate);
  }
  return !isCut;
}

/** The first ticket of every lane and kind, one after the other, so that a full lane costs one look however long it is. */
const HEADS = `
WITH RECURSIVE head (seq) AS (
  SELECT * FROM (SELECT seq FROM task WHERE phase = 2 AND worker = ? ORDER BY lane, kind, level DESC, seq LIMIT 1)
  UNION ALL
  SELECT (
    SELECT next.seq FROM task AS next
    WHERE next.phase = 2 AND next.worker = ? AND (next.lane, next.kind) > (task.lane, task.kind)
    ORDER BY next.lane, next.kind, next.level DESC, next.seq LIMIT 1
  )
  FROM head JOIN task ON task.seq = head.seq
)
SELECT ${COLUMNS.replaceAll(/\w+/g, 'task.$&')} FROM head JOIN task ON task.seq = head.seq`;

const NEXT_HEAD = `
SELECT ${COLUMNS} FROM task WHERE phase = 2 AND worker = ? AND lane = ? AND kind = ? ORDER BY level DESC, seq LIMIT 1`;

function laneByLane(
  database: Database,
  search: { room: Room; turns: Turns; claimer: Claimer; take: (candidate: Candidate) => void },
): void {
  const { room, turns, claimer, take } = search;
  const inTurn = (left: Candidate, right: Candidate): number =>
    right.level - left.level || turns.compare(left.lane, right.lane) || left.seq - right.seq;
  let heads = [0, claimer.worker].flatMap((worker) => database.all<Candidate>(HEADS, worker, worker));
  while (room.left > 0) {
    heads = heads.filter((head) => room.allows(head)).sort(inTurn);
    const [best] = heads;
    if (best === undefined) return;
    take(best);
    const next = database.get<Candidate>(NEXT_HEAD, best.worker, best.lane, best.kind);
    heads = next === undefined ? heads.slice(1) : [next, ...heads.slice(1)];
  }
}

function inOrder(left: Candidate, right: Candidate): number {
  return right.level - left.level || left.seq - right.seq;
}

/** A new delivery, or the slot for a run that waited. */
function start(database: Database, candidate: Candidate, { worker, workerName, now }: Claimer): TaskRow {
  const sql =
    candidate.worker === 0
      ? `UPDATE task SET phase = 3, worker = ?, claim = claim + 1, delivery = delivery + 1, begins = begins + 1,
         started_at = coalesce(started_at, ?), rises_at = NULL WHERE seq = ? RETURNING *`
      : 'UPDATE task SET phase = 3, worker = ?, started_at = coalesce(started_at, ?), rises_at = NULL WHERE seq = ? RETURNING *';
  const task = database.get<TaskRow>(sql, worker, now, candidate.seq) as TaskRow;
  announce(database, now, task, { phase: 'running', previous: phaseName(2), worker: workerName });
  return task;
}
