/**
 * What every change of a task is made of. Functions whose name starts with `_` are called by others only, which hold the
 * one lock: with it, limits and the order are exact over all processes, and the ids of events are in order of commit.
 * A change is one call, so that a client which dies or freezes never holds the lock.
 */
export const TASK_FUNCTIONS = `
CREATE FUNCTION _now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

CREATE FUNCTION _lock() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('mao tasks ' || current_schema(), 0))
$$;

CREATE FUNCTION _tell(p_channel text, p_payload text) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_notify(current_schema() || '.' || p_channel, p_payload)
$$;

CREATE FUNCTION _phase_name(p_phase smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (ARRAY['blocked', 'scheduled', 'ready', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'skipped'])[p_phase + 1]
$$;

CREATE FUNCTION _note_references(p_owner text, p_text text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF length(p_text) < 64 THEN RETURN; END IF;
  INSERT INTO reference (owner, hash)
    SELECT DISTINCT p_owner, named[1] FROM regexp_matches(p_text, '[0-9a-f]{64}', 'g') AS named
    ON CONFLICT DO NOTHING;
END $$;

-- Adds a phase item to the feed. p_more continues the JSON object.
CREATE FUNCTION _announce(t task, p_phase integer, p_previous integer, p_more text, p_now bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO event (at, task, type, data) VALUES (p_now, t.id, 'phase',
    '{"phase":"' || _phase_name(p_phase::smallint) || '","previous":'
    || coalesce('"' || _phase_name(p_previous::smallint) || '"', 'null')
    || coalesce(p_more, '') || ',"delivery":' || t.delivery || '}');
  PERFORM _tell('event', '');
END $$;

-- Puts a task in line, or on the clock where its time has not come. p_home: the worker that alone may run it; 0 any.
CREATE FUNCTION _make_ready(t task, p_previous integer, p_home bigint, p_now bigint, p_aging bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF t.not_before > p_now AND t.begins = 0 THEN
    UPDATE task SET phase = 1, open_dependencies = 0 WHERE seq = t.seq;
    PERFORM _announce(t, 1, p_previous, NULL, p_now);
    PERFORM _tell('ready', 'timer');
  ELSE
    UPDATE task SET phase = 2, level = priority, ready_at = p_now, worker = p_home, open_dependencies = 0,
      rises_at = CASE WHEN p_aging > 0 AND priority < 9 THEN p_now + p_aging END
      WHERE seq = t.seq;
    PERFORM _announce(t, 2, p_previous, NULL, p_now);
    PERFORM _tell('ready', '');
  END IF;
END $$;

-- After a permit came back: those who can use it are told.
CREATE FUNCTION _tell_of_room() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM task WHERE phase = 2) THEN PERFORM _tell('ready', ''); END IF;
END $$;

CREATE FUNCTION _write_end(p_seq bigint, p_phase integer, p_result text, p_error text, p_reason text, p_now bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t task;
BEGIN
  SELECT * INTO t FROM task WHERE seq = p_seq;
  UPDATE task SET phase = p_phase, ended_at = p_now, claim = claim + 1, worker = 0, rises_at = NULL,
    cancel_reason = CASE WHEN p_phase = 8 THEN coalesce(p_reason, '') ELSE cancel_reason END
    WHERE seq = p_seq;
  UPDATE task_data SET result = p_result, error = p_error
    WHERE seq = p_seq AND (p_result IS NOT NULL OR p_error IS NOT NULL OR error IS NOT NULL);
  PERFORM _note_references('t' || p_seq, coalesce(p_result, p_error, ''));
  UPDATE counter SET value = value - 1 WHERE name = 'unfinished';
  DELETE FROM wait WHERE task = p_seq;
  DELETE FROM message WHERE task = p_seq;
  DELETE FROM edge WHERE dependent = p_seq;
  PERFORM _announce(t, p_phase, t.phase,
    coalesce(',"reason":' || to_json(p_reason)::text, '') || coalesce(',"error":' || p_error, ''), p_now);
END $$;

-- Ends a task and lets go on, or skips, what depends on it; one after the other, not in a recursion.
CREATE FUNCTION _end_task(p_seq bigint, p_phase integer, p_result text, p_error text, p_reason text, p_now bigint, p_aging bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_line bigint[] := ARRAY[p_seq];
  v_at integer := 1;
  t task;
  d task;
  e record;
BEGIN
  PERFORM _write_end(p_seq, p_phase, p_result, p_error, p_reason, p_now);
  WHILE v_at <= cardinality(v_line) LOOP
    SELECT * INTO t FROM task WHERE seq = v_line[v_at];
    v_at := v_at + 1;
    FOR e IN
      UPDATE wait SET open = wait.open - 1, is_due = (wait.open <= 1) FROM edge
        WHERE edge.dependency = t.seq AND edge.kind = 'join' AND wait.task = edge.dependent AND wait.key = edge.key
        RETURNING wait.task AS holder, wait.is_due
    LOOP
      IF e.is_due THEN PERFORM _tell('worker', (SELECT worker::text FROM task WHERE seq = e.holder)); END IF;
    END LOOP;
    FOR e IN
      SELECT dependent, count(*) AS edges, bool_or(kind = 'completed' AND t.phase <> 6) AS is_failed
        FROM edge WHERE dependency = t.seq AND kind <> 'join' GROUP BY dependent ORDER BY dependent
    LOOP
      SELECT * INTO d FROM task WHERE seq = e.dependent;
      CONTINUE WHEN d.phase <> 0;
      IF e.is_failed THEN
        PERFORM _write_end(d.seq, 9, NULL, NULL, 'its dependency "' || t.id || '" did not complete', p_now);
        v_line := v_line || d.seq;
      ELSIF d.open_dependencies <= e.edges THEN
        PERFORM _make_ready(d, 0, 0, p_now, p_aging);
      ELSE
        UPDATE task SET open_dependencies = d.open_dependencies - e.edges WHERE seq = d.seq;
      END IF;
    END LOOP;
    -- An edge of a join stays until the one that waits has ended: it keeps this task from being removed.
    DELETE FROM edge WHERE dependency = t.seq AND kind <> 'join';
  END LOOP;
  PERFORM _tell_of_room();
END $$;

-- Unfinished tasks below a task, itself excluded.
CREATE FUNCTION _open_descendants(p_id text) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  WITH RECURSIVE below (seq, id) AS (
    SELECT task.seq, task.id FROM task WHERE task.parent = p_id AND task.phase < 6 AND task.id <> p_id
    UNION
    SELECT task.seq, task.id FROM below JOIN task ON task.parent = below.id WHERE task.phase < 6 AND task.id <> p_id
  )
  SELECT seq FROM below
$$;

-- Cancels a task: at once, or by asking the worker that holds it.
CREATE FUNCTION _cancel(p_seq bigint, p_reason text, p_now bigint, p_aging bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t task;
BEGIN
  SELECT * INTO t FROM task WHERE seq = p_seq AND phase < 6;
  IF NOT FOUND THEN RETURN; END IF;
  IF t.worker = 0 THEN
    PERFORM _end_task(t.seq, 8, NULL, NULL, p_reason, p_now, p_aging);
  ELSE
    UPDATE task SET cancel_reason = coalesce(cancel_reason, p_reason) WHERE seq = t.seq;
    PERFORM _tell('worker', t.worker::text);
  END IF;
END $$;
`;
