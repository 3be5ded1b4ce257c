/** What workers do with the tasks they hold. Each call carries the claim it was given. */
export const RUN_FUNCTIONS = `
-- How many tasks of a lane may start.
CREATE FUNCTION _lane_room(p_lane text, p_limits jsonb) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(0, coalesce(
    floor((p_limits -> 'lanes' ->> p_lane)::numeric), floor((p_limits ->> 'perLaneDefault')::numeric), 1000000
  )::bigint - (SELECT count(*) FROM task WHERE lane = p_lane AND phase = 3))
$$;

-- The tasks that may start now, in exact order: effective priority, then shares in turn, then submission.
CREATE FUNCTION _startable(p_worker bigint, p_free bigint, p_kinds text[], p_lanes text[], p_limits jsonb)
RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_paused text[] := ARRAY(SELECT name FROM paused_lane);
  v_turns jsonb := coalesce((SELECT value FROM setting WHERE name = 'turns'), '{}')::jsonb;
BEGIN
  IF p_limits -> 'lanes' IS NULL AND p_limits -> 'shares' IS NULL AND p_limits ->> 'perLaneDefault' IS NULL THEN
    RETURN ARRAY(
      SELECT seq FROM task WHERE phase = 2 AND (worker = p_worker OR (worker = 0 AND kind = ANY (p_kinds)
          AND (p_lanes IS NULL OR lane = ANY (p_lanes)) AND lane <> ALL (v_paused)))
        ORDER BY level DESC, seq LIMIT p_free);
  END IF;
  -- The head of each lane as far as its room reaches; lanes are found one after the other by the index.
  RETURN ARRAY(
    WITH RECURSIVE lane_of (name) AS (
      (SELECT lane FROM task WHERE phase = 2 ORDER BY lane LIMIT 1)
      UNION ALL
      SELECT (SELECT lane FROM task WHERE phase = 2 AND lane > lane_of.name ORDER BY lane LIMIT 1)
        FROM lane_of WHERE lane_of.name IS NOT NULL
    )
    -- Of each share the first, then the second, and so on; in each round the one served longest ago comes first.
    SELECT ranked.seq FROM (
    SELECT head.seq, head.level, coalesce(p_limits -> 'shares' ->> lane_of.name, '') AS share,
      CASE WHEN p_limits -> 'shares' IS NULL THEN 0 ELSE row_number() OVER (
        PARTITION BY head.level, coalesce(p_limits -> 'shares' ->> lane_of.name, '') ORDER BY head.seq) END AS round
    FROM lane_of CROSS JOIN LATERAL (
      SELECT seq, level FROM task WHERE phase = 2 AND lane = lane_of.name
          AND (worker = p_worker OR (worker = 0 AND kind = ANY (p_kinds)
            AND (p_lanes IS NULL OR lane = ANY (p_lanes)) AND lane <> ALL (v_paused)))
        ORDER BY level DESC, seq LIMIT least(p_free, _lane_room(lane_of.name, p_limits))
    ) AS head
    WHERE lane_of.name IS NOT NULL) AS ranked
    ORDER BY ranked.level DESC, ranked.round,
      CASE WHEN p_limits -> 'shares' IS NULL THEN 0 ELSE coalesce((v_turns ->> ranked.share)::bigint, 0) END, ranked.seq
    LIMIT p_free);
END $$;

-- Notes that shares were served, in this order.
CREATE FUNCTION _note_turns(p_seqs bigint[], p_shares jsonb)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_turns jsonb := coalesce((SELECT value FROM setting WHERE name = 'turns'), '{}')::jsonb;
  v_last bigint := coalesce((SELECT max(turn.value::bigint) FROM jsonb_each_text(v_turns) AS turn), 0);
  v_share text;
BEGIN
  IF p_shares IS NULL OR cardinality(p_seqs) = 0 THEN RETURN; END IF;
  -- Shares that are gone are forgotten.
  v_turns := coalesce((SELECT jsonb_object_agg(turn.key, turn.value) FROM jsonb_each(v_turns) AS turn
    WHERE turn.key = '' OR turn.key IN (SELECT named.value FROM jsonb_each_text(p_shares) AS named)), '{}');
  FOR v_share IN
    SELECT coalesce(p_shares ->> task.lane, '') FROM unnest(p_seqs) WITH ORDINALITY AS chosen (seq, place)
      JOIN task ON task.seq = chosen.seq ORDER BY chosen.place
  LOOP
    v_last := v_last + 1;
    v_turns := v_turns || jsonb_build_object(v_share, v_last);
  END LOOP;
  INSERT INTO setting (name, value) VALUES ('turns', v_turns::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
END $$;

-- Takes what may start: new deliveries, and go-aheads for runs of this worker that waited.
CREATE FUNCTION claim(p_worker bigint, p_free bigint, p_kinds text[], p_lanes text[], p_aging bigint)
RETURNS TABLE (seq float8, is_resumed boolean) LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_now bigint;
  v_limits jsonb;
  v_chosen bigint[];
  v_seq bigint;
  v_name text;
  t task;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM task WHERE task.phase = 2 AND task.worker IN (0, p_worker)) THEN RETURN; END IF;
  PERFORM _lock();
  v_now := _now();
  SELECT worker.name INTO v_name FROM worker WHERE worker.id = p_worker AND NOT worker.is_dead;
  IF NOT FOUND THEN RETURN; END IF;
  IF p_aging > 0 THEN
    UPDATE task SET level = least(9, task.priority + (v_now - task.ready_at) / p_aging),
      rises_at = CASE WHEN task.priority + (v_now - task.ready_at) / p_aging < 9
        THEN task.ready_at + ((v_now - task.ready_at) / p_aging + 1) * p_aging END
      WHERE task.phase = 2 AND task.rises_at IS NOT NULL AND task.rises_at <= v_now;
  END IF;
  SELECT coalesce((SELECT setting.value FROM setting WHERE setting.name = 'limits'), '{}')::jsonb INTO v_limits;
  v_chosen := _startable(p_worker, least(p_free, greatest(0, coalesce(floor((v_limits ->> 'total')::numeric), 1000000)
    - (SELECT count(*) FROM task WHERE task.phase = 3)))::bigint, p_kinds, p_lanes, v_limits);
  PERFORM _note_turns(v_chosen, v_limits -> 'shares');
  FOREACH v_seq IN ARRAY v_chosen LOOP
    SELECT * INTO t FROM task WHERE task.seq = v_seq;
    is_resumed := t.worker <> 0;
    seq := v_seq;
    UPDATE task SET phase = 3, worker = p_worker, rises_at = NULL, started_at = coalesce(task.started_at, v_now),
      claim = task.claim + CASE WHEN t.worker = 0 THEN 1 ELSE 0 END,
      delivery = task.delivery + CASE WHEN t.worker = 0 THEN 1 ELSE 0 END,
      begins = task.begins + CASE WHEN t.worker = 0 THEN 1 ELSE 0 END
      WHERE task.seq = v_seq RETURNING task.* INTO t;
    PERFORM _announce(t, 3, 2, ',"worker":' || to_json(v_name)::text, v_now);
    RETURN NEXT;
  END LOOP;
END $$;

-- Lets a task go on to what the end of its run says; false where the claim is gone.
CREATE FUNCTION conclude(p_seq bigint, p_claim bigint, p_ending text, p_value text, p_error text, p_reason text, p_aging bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
  v_now bigint;
BEGIN
  PERFORM _lock();
  v_now := _now();
  SELECT * INTO t FROM task WHERE seq = p_seq AND claim = p_claim AND phase < 6;
  IF NOT FOUND THEN RETURN false; END IF;
  -- A cancel that was accepted holds, whatever the handler did in its last moments.
  IF t.cancel_reason IS NOT NULL OR p_ending = 'cancelled' THEN
    PERFORM _end_task(t.seq, 8, NULL, NULL, coalesce(t.cancel_reason, p_reason), v_now, p_aging);
  ELSIF p_ending = 'completed' THEN
    PERFORM _end_task(t.seq, 6, p_value, NULL, NULL, v_now, p_aging);
  ELSIF p_ending = 'failed' THEN
    PERFORM _end_task(t.seq, 7, NULL, p_error, NULL, v_now, p_aging);
  ELSIF p_ending = 'paused' THEN
    UPDATE task SET phase = 5, claim = claim + 1, worker = 0, rises_at = NULL WHERE seq = t.seq;
    UPDATE task_data SET error = p_error WHERE seq = t.seq;
    PERFORM _announce(t, 5, t.phase, ',"error":' || p_error, v_now);
    PERFORM _tell_of_room();
  ELSE
    UPDATE task SET delivery = delivery - 1, claim = claim + 1, worker = 0 WHERE seq = t.seq RETURNING * INTO t;
    PERFORM _make_ready(t, t.phase, 0, v_now, p_aging);
  END IF;
  RETURN true;
END $$;

-- Notes that a step which must not run twice unasked is about to begin; false where the claim is gone.
CREATE FUNCTION intend(p_seq bigint, p_claim bigint, p_key text, p_attempt integer, p_started bigint, p_delivery integer)
RETURNS boolean LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  INSERT INTO intent (task, key, attempt, started_at, delivery)
    SELECT p_seq, p_key, p_attempt, p_started, p_delivery FROM task WHERE seq = p_seq AND claim = p_claim FOR UPDATE
    ON CONFLICT (task, key) DO UPDATE SET attempt = excluded.attempt, started_at = excluded.started_at,
      delivery = excluded.delivery, is_repeat_allowed = false
    RETURNING true
$$;

-- Takes an intent back, for its step has not begun.
CREATE FUNCTION forget_intent(p_seq bigint, p_claim bigint, p_key text)
RETURNS void LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  DELETE FROM intent WHERE task = p_seq AND key = p_key
    AND EXISTS (SELECT 1 FROM task WHERE seq = p_seq AND claim = p_claim)
$$;

-- Notes which blobs a text names, so that they are kept as long as its owner is.
CREATE FUNCTION note_references(p_owner text, p_text text)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _note_references(p_owner, p_text);
END $$;

-- Takes the slot from a run that only waits; 'due': one of its waits is over, so it keeps it.
CREATE FUNCTION park(p_seq bigint, p_claim bigint)
RETURNS text LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
  v_now bigint;
BEGIN
  PERFORM _lock();
  v_now := _now();
  SELECT * INTO t FROM task WHERE seq = p_seq AND claim = p_claim;
  IF NOT FOUND THEN RETURN 'lost'; END IF;
  IF t.phase <> 3 THEN RETURN 'parked'; END IF;
  IF EXISTS (SELECT 1 FROM wait WHERE task = p_seq AND NOT is_over AND (is_due OR wake_at <= v_now)) THEN RETURN 'due'; END IF;
  UPDATE task SET phase = 4 WHERE seq = p_seq;
  PERFORM _announce(t, 4, t.phase, NULL, v_now);
  PERFORM _tell_of_room();
  RETURN 'parked';
END $$;

-- Puts a run whose wait is over in line for a slot of the process that holds it; false where the claim is gone.
CREATE FUNCTION requeue(p_seq bigint, p_claim bigint, p_aging bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
BEGIN
  PERFORM _lock();
  SELECT * INTO t FROM task WHERE seq = p_seq AND claim = p_claim;
  IF NOT FOUND THEN RETURN false; END IF;
  IF t.phase = 4 THEN PERFORM _make_ready(t, 4, t.worker, _now(), p_aging); END IF;
  RETURN true;
END $$;
`;
