/**
 * Tables of the store. Phases are their places in `PHASES` of the contracts: 0 blocked, 1 scheduled, 2 ready, 3 running,
 * 4 waiting, 5 paused, from 6 on final. Moments are milliseconds since 1970 by the database's clock. JSON is kept as text,
 * for `jsonb` refuses `\u0000`. What changes often (`task`) stands apart from what is large (`task_data`).
 */
export const TABLES = `
CREATE TABLE task (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  kind text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  lane text COLLATE "C" NOT NULL,
  priority smallint NOT NULL,
  phase smallint NOT NULL,
  level smallint NOT NULL,
  rises_at bigint,
  submitted_at bigint NOT NULL,
  ready_at bigint,
  started_at bigint,
  ended_at bigint,
  not_before bigint,
  deadline bigint,
  delivery_timeout_ms bigint,
  unique_key text COLLATE "C",
  parent text COLLATE "C",
  open_dependencies integer NOT NULL DEFAULT 0,
  delivery integer NOT NULL DEFAULT 0,
  begins integer NOT NULL DEFAULT 0,
  crashes integer NOT NULL DEFAULT 0,
  claim bigint NOT NULL DEFAULT 0,
  worker bigint NOT NULL DEFAULT 0,
  cancel_reason text
) WITH (fillfactor = 70);
CREATE INDEX task_order ON task (level DESC, seq) INCLUDE (worker, lane, kind) WHERE phase = 2;
CREATE INDEX task_lane ON task (lane, level DESC, seq) INCLUDE (worker, kind) WHERE phase = 2;
CREATE INDEX task_rise ON task (rises_at) WHERE phase = 2 AND rises_at IS NOT NULL;
CREATE INDEX task_running ON task (lane) WHERE phase = 3;
CREATE INDEX task_held ON task (worker) WHERE worker <> 0;
CREATE INDEX task_scheduled ON task (not_before) WHERE phase = 1;
CREATE INDEX task_deadline ON task (deadline) WHERE phase < 6 AND deadline IS NOT NULL AND worker = 0;
CREATE INDEX task_open ON task (seq) WHERE phase < 6;
CREATE INDEX task_ended ON task (ended_at) WHERE phase >= 6;
CREATE INDEX task_parent ON task (parent) WHERE parent IS NOT NULL;
CREATE UNIQUE INDEX task_unique ON task (unique_key) WHERE phase < 6 AND unique_key IS NOT NULL;

CREATE TABLE task_data (
  seq bigint PRIMARY KEY,
  input text NOT NULL,
  labels text,
  result text,
  error text
);

CREATE TABLE intent (
  task bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  started_at bigint NOT NULL,
  delivery integer NOT NULL,
  is_repeat_allowed boolean NOT NULL DEFAULT false,
  PRIMARY KEY (task, key)
);

CREATE TABLE kept_step (
  task bigint NOT NULL,
  ordinal integer NOT NULL,
  name text NOT NULL,
  started_at bigint NOT NULL,
  ended_at bigint NOT NULL,
  outcome text NOT NULL,
  PRIMARY KEY (task, ordinal)
);

CREATE TABLE wait (
  task bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  channel text COLLATE "C",
  started_at bigint NOT NULL,
  wake_at bigint,
  open integer,
  is_due boolean NOT NULL DEFAULT false,
  is_over boolean NOT NULL DEFAULT false,
  PRIMARY KEY (task, key)
);
CREATE INDEX wait_due ON wait (task) WHERE is_due;

CREATE TABLE message (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task bigint NOT NULL,
  channel text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  body text NOT NULL,
  taken_by text COLLATE "C",
  UNIQUE (task, message_id)
);
CREATE INDEX message_open ON message (task, channel, seq) WHERE taken_by IS NULL;

CREATE TABLE edge (
  dependency bigint NOT NULL,
  dependent bigint NOT NULL,
  kind text NOT NULL,
  key text COLLATE "C" NOT NULL,
  PRIMARY KEY (dependency, dependent, kind, key)
);
CREATE INDEX edge_dependent ON edge (dependent);

CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  task text COLLATE "C",
  type text COLLATE "C" NOT NULL,
  data text NOT NULL
);
CREATE INDEX event_task ON event (task, id) WHERE task IS NOT NULL;

CREATE TABLE worker (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  started_at bigint NOT NULL,
  lease_until bigint NOT NULL,
  is_dead boolean NOT NULL DEFAULT false
);

CREATE TABLE paused_lane (name text COLLATE "C" PRIMARY KEY);
CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 50);
INSERT INTO counter VALUES ('unfinished', 0), ('trimmed', 0);

CREATE TABLE state (
  namespace text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text NOT NULL,
  version bigint NOT NULL,
  change bigint NOT NULL,
  token uuid NOT NULL,
  PRIMARY KEY (namespace, key)
);
CREATE SEQUENCE state_change;
CREATE TABLE log (name text COLLATE "C" PRIMARY KEY, last bigint NOT NULL);

CREATE TABLE blob (
  hash text COLLATE "C" PRIMARY KEY,
  bytes bytea NOT NULL,
  touched_at bigint NOT NULL
);
CREATE TABLE reference (
  owner text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  PRIMARY KEY (owner, hash)
);
CREATE INDEX reference_hash ON reference (hash);

CREATE VIEW task_view AS
SELECT task.seq::float8 AS seq, task.id, task.kind, task.revision::float8 AS revision, task.lane, task.priority, task.phase,
  task.submitted_at::float8 AS submitted_at, task.started_at::float8 AS started_at, task.ended_at::float8 AS ended_at,
  task.not_before::float8 AS not_before, task.deadline::float8 AS deadline,
  task.delivery_timeout_ms::float8 AS delivery_timeout_ms, task.parent, task.delivery, task.begins,
  task.claim::float8 AS claim, task.worker::float8 AS worker, task.cancel_reason,
  data.input, data.labels, data.result, data.error, worker.name AS worker_name, task.seq AS number
FROM task JOIN task_data AS data ON data.seq = task.seq LEFT JOIN worker ON worker.id = task.worker;
`;
