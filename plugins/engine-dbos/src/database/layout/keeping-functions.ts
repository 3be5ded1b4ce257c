/** What keeps the store in order: clocks, silent workers, the past. */
export const KEEPING_FUNCTIONS = `
-- Errors are made from templates that callers bring, so that their fields are those of the catalogue.
CREATE FUNCTION _deadline_error(p_template text, p_id text, p_deadline bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT replace(p_template, '"{message}"', to_json('Task "' || p_id || '" passed its deadline of '
    || to_char(to_timestamp(p_deadline / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '.')::text)
$$;

CREATE FUNCTION _poison_error(p_template text, t task, p_worker text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT replace(replace(p_template, '"{message}"', to_json('Task "' || t.id || '" was running in each of ' || t.crashes
    || ' crashes of its worker, last of "' || p_worker || '", and is not started again. Look at what it does, then replay it.')::text),
    '"{details}"', json_build_object('crashes', t.crashes, 'delivery', t.delivery)::text)
$$;

-- Does what the time has come for; returns the next moment at which there is something to do.
CREATE FUNCTION sweep(p_error text, p_aging bigint)
RETURNS float8 LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_now bigint := _now();
  v_children bigint[];
  v_child bigint;
  t task;
BEGIN
  IF EXISTS (SELECT 1 FROM task WHERE phase = 1 AND not_before <= v_now)
    OR EXISTS (SELECT 1 FROM task WHERE phase < 6 AND deadline IS NOT NULL AND worker = 0 AND deadline <= v_now) THEN
    PERFORM _lock();
    FOR t IN SELECT * FROM task WHERE phase = 1 AND not_before <= v_now ORDER BY not_before, seq LIMIT 200 LOOP
      PERFORM _make_ready(t, 1, 0, v_now, p_aging);
    END LOOP;
    FOR t IN SELECT * FROM task WHERE phase < 6 AND deadline IS NOT NULL AND worker = 0 AND deadline <= v_now
        ORDER BY deadline, seq LIMIT 200 LOOP
      -- An end of this sweep may have ended it, too.
      CONTINUE WHEN NOT EXISTS (SELECT 1 FROM task WHERE seq = t.seq AND phase < 6 AND worker = 0);
      v_children := ARRAY(SELECT _open_descendants(t.id));
      PERFORM _end_task(t.seq, 7, NULL, _deadline_error(p_error, t.id, t.deadline), NULL, v_now, p_aging);
      FOREACH v_child IN ARRAY v_children LOOP
        PERFORM _cancel(v_child, 'its parent "' || t.id || '" passed its deadline', v_now, p_aging);
      END LOOP;
    END LOOP;
  END IF;
  RETURN least(
    (SELECT min(not_before) FROM task WHERE phase = 1),
    (SELECT min(deadline) FROM task WHERE phase < 6 AND deadline IS NOT NULL AND worker = 0))::float8;
END $$;

CREATE FUNCTION add_worker(p_name text, p_host text, p_pid integer, p_lease_ms bigint)
RETURNS float8 LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  INSERT INTO worker (name, host, pid, started_at, lease_until) VALUES (p_name, p_host, p_pid, _now(), _now() + p_lease_ms)
    RETURNING id::float8
$$;

-- Renews a lease; no row where the worker was taken for dead.
CREATE FUNCTION beat(p_worker bigint, p_lease_ms bigint)
RETURNS boolean LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  UPDATE worker SET lease_until = _now() + p_lease_ms WHERE id = p_worker AND NOT is_dead RETURNING true
$$;

-- A worker that has drained goes; tasks it could not give back are left to be taken over.
CREATE FUNCTION drop_worker(p_worker bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  IF EXISTS (SELECT 1 FROM task WHERE worker = p_worker) THEN
    UPDATE worker SET is_dead = true WHERE id = p_worker;
  ELSE
    DELETE FROM worker WHERE id = p_worker;
  END IF;
END $$;

-- Takes a worker for dead: from now on it is given nothing. False where it has renewed its lease.
CREATE FUNCTION bury(p_worker bigint, p_is_gone boolean)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  UPDATE worker SET is_dead = true WHERE id = p_worker AND (is_dead OR p_is_gone OR lease_until < _now());
  RETURN FOUND;
END $$;

-- Hands back what a dead worker held, once its deliveries are fenced: the next delivery, or the end. Only running counts
-- as crashing.
CREATE FUNCTION hand_back(p_worker bigint, p_most_crashes integer, p_error text, p_aging bigint)
RETURNS integer LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
  v_phase smallint;
  v_now bigint;
  v_name text;
  v_count integer := 0;
BEGIN
  PERFORM _lock();
  v_now := _now();
  SELECT name INTO v_name FROM worker WHERE id = p_worker AND is_dead;
  IF NOT FOUND THEN RETURN 0; END IF;
  FOR t IN SELECT * FROM task WHERE worker = p_worker ORDER BY seq LOOP
    v_count := v_count + 1;
    v_phase := t.phase;
    UPDATE task SET claim = claim + 1, worker = 0, crashes = crashes + CASE WHEN v_phase = 3 THEN 1 ELSE 0 END
      WHERE seq = t.seq RETURNING * INTO t;
    IF t.cancel_reason IS NOT NULL THEN
      PERFORM _end_task(t.seq, 8, NULL, NULL, t.cancel_reason, v_now, p_aging);
    ELSIF v_phase = 3 AND t.crashes >= p_most_crashes THEN
      PERFORM _end_task(t.seq, 7, NULL, _poison_error(p_error, t, v_name), NULL, v_now, p_aging);
    ELSE
      PERFORM _make_ready(t, v_phase, 0, v_now, p_aging);
    END IF;
  END LOOP;
  DELETE FROM worker WHERE id = p_worker;
  RETURN v_count;
END $$;

-- Adds what runs report to the feed.
CREATE FUNCTION report(p_tasks text[], p_types text[], p_data text[])
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  INSERT INTO event (at, task, type, data)
    SELECT _now(), item.task, item.type, item.data
    FROM unnest(p_tasks, p_types, p_data) WITH ORDINALITY AS item (task, type, data, place) ORDER BY item.place;
  PERFORM _tell('event', '');
END $$;

-- Finished tasks that nobody unfinished may still ask for, the oldest first.
CREATE FUNCTION removable(p_before bigint, p_most integer)
RETURNS TABLE (seq float8, id text, begins integer) LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT task.seq::float8, task.id, task.begins FROM task WHERE task.phase >= 6 AND task.ended_at < p_before
    AND NOT EXISTS (SELECT 1 FROM edge WHERE edge.dependency = task.seq)
    AND NOT EXISTS (SELECT 1 FROM task AS parent WHERE parent.id = task.parent AND parent.phase < 6)
    ORDER BY task.ended_at LIMIT p_most
$$;

CREATE FUNCTION remove_tasks(p_seqs bigint[])
RETURNS integer LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_seqs bigint[];
BEGIN
  PERFORM _lock();
  v_seqs := ARRAY(SELECT seq FROM task WHERE seq = ANY (p_seqs) AND phase >= 6
    AND NOT EXISTS (SELECT 1 FROM edge WHERE edge.dependency = task.seq));
  DELETE FROM intent WHERE task = ANY (v_seqs);
  DELETE FROM kept_step WHERE task = ANY (v_seqs);
  DELETE FROM task_data WHERE seq = ANY (v_seqs);
  DELETE FROM reference WHERE owner = ANY (ARRAY(SELECT 't' || seq FROM unnest(v_seqs) AS gone (seq)));
  DELETE FROM task WHERE seq = ANY (v_seqs);
  RETURN cardinality(v_seqs);
END $$;

-- Removes feed items that are too old or too many; returns how many.
CREATE FUNCTION trim_feed(p_before bigint, p_kept bigint, p_most integer)
RETURNS integer LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_last bigint;
  v_count integer;
BEGIN
  PERFORM _lock();
  SELECT max(id) INTO v_last FROM (
    SELECT id, at FROM event ORDER BY id LIMIT p_most) AS oldest
    WHERE at < p_before OR id <= (SELECT max(id) FROM event) - p_kept;
  IF v_last IS NULL THEN RETURN 0; END IF;
  DELETE FROM event WHERE id <= v_last;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  UPDATE counter SET value = greatest(value, v_last) WHERE name = 'trimmed';
  RETURN v_count;
END $$;

-- Removes blobs that nothing names and nobody has used since a moment; returns how many.
CREATE FUNCTION drop_blobs(p_before bigint, p_most integer)
RETURNS integer LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_count integer;
BEGIN
  WITH gone AS (
    DELETE FROM blob WHERE hash IN (
      SELECT hash FROM blob WHERE touched_at < p_before
        AND NOT EXISTS (SELECT 1 FROM reference WHERE reference.hash = blob.hash) LIMIT p_most)
      AND touched_at < p_before RETURNING hash
  ), unnamed AS (
    DELETE FROM reference USING gone WHERE reference.owner = 'b' || gone.hash RETURNING 1
  )
  SELECT count(*) INTO v_count FROM gone;
  RETURN v_count;
END $$;
`;
