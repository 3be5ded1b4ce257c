/**
 * The steps from an empty file to the present layout; a file's `user_version` is the number of steps it has seen. A step
 * is never edited once released: a change is a new step.
 *
 * Phases are their places in `PHASES` of the contracts: 0 blocked, 1 scheduled, 2 ready, 3 running, 4 waiting, 5 paused,
 * from 6 on final. What changes often (`task`) stands apart from what is large (`task_data`). The steps of a task follow
 * each other in one tree: the id of a step is `task << 20 | ordinal`.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE task (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  revision INTEGER NOT NULL,
  lane TEXT NOT NULL,
  priority INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  level INTEGER NOT NULL,
  rises_at INTEGER,
  submitted_at INTEGER NOT NULL,
  ready_at INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  not_before INTEGER,
  deadline INTEGER,
  delivery_timeout_ms INTEGER,
  unique_key TEXT,
  parent TEXT,
  open_dependencies INTEGER NOT NULL DEFAULT 0,
  delivery INTEGER NOT NULL DEFAULT 0,
  begins INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  claim INTEGER NOT NULL DEFAULT 0,
  worker INTEGER NOT NULL DEFAULT 0,
  cancel_reason TEXT
) STRICT;
CREATE INDEX task_order ON task (worker, level DESC, seq) WHERE phase = 2;
CREATE INDEX task_lane ON task (worker, lane, kind, level DESC, seq) WHERE phase = 2;
CREATE INDEX task_rise ON task (rises_at) WHERE phase = 2 AND rises_at IS NOT NULL;
CREATE INDEX task_running ON task (lane) WHERE phase = 3;
CREATE INDEX task_held ON task (worker) WHERE worker <> 0;
CREATE INDEX task_scheduled ON task (not_before) WHERE phase = 1;
CREATE INDEX task_deadline ON task (deadline) WHERE phase < 6 AND deadline IS NOT NULL;
CREATE INDEX task_cancel ON task (worker) WHERE phase < 6 AND cancel_reason IS NOT NULL;
CREATE INDEX task_open ON task (seq) WHERE phase < 6;
CREATE INDEX task_ended ON task (ended_at) WHERE phase >= 6;
CREATE INDEX task_parent ON task (parent) WHERE parent IS NOT NULL;
CREATE UNIQUE INDEX task_unique ON task (unique_key) WHERE phase < 6 AND unique_key IS NOT NULL;

CREATE TABLE task_data (
  seq INTEGER PRIMARY KEY,
  input TEXT NOT NULL,
  labels TEXT,
  result TEXT,
  error TEXT
) STRICT;

CREATE TABLE step (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  delivery INTEGER NOT NULL,
  value TEXT,
  error TEXT,
  is_repeat_allowed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE wait (
  task INTEGER NOT NULL,
  key TEXT NOT NULL,
  channel TEXT,
  wake_at INTEGER,
  open INTEGER,
  due INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (task, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX wait_due ON wait (task) WHERE due = 1;

CREATE TABLE message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  task INTEGER NOT NULL,
  channel TEXT NOT NULL,
  message_id TEXT NOT NULL,
  body TEXT NOT NULL,
  is_taken INTEGER NOT NULL DEFAULT 0,
  UNIQUE (task, message_id)
) STRICT;
CREATE INDEX message_open ON message (task, channel, seq) WHERE is_taken = 0;

CREATE TABLE edge (
  dependency INTEGER NOT NULL,
  dependent INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (dependency, dependent, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_dependent ON edge (dependent);

CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  task TEXT,
  type TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX event_task ON event (task, id) WHERE task IS NOT NULL;

CREATE TABLE worker (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE paused_lane (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('unfinished', 0), ('change', 0);

CREATE TABLE state (
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  version INTEGER NOT NULL,
  change INTEGER NOT NULL,
  PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE log (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
  hash TEXT PRIMARY KEY,
  bytes BLOB NOT NULL,
  touched_at INTEGER NOT NULL
) STRICT;
CREATE TABLE reference (
  owner TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (owner, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_hash ON reference (hash);
`,
];
