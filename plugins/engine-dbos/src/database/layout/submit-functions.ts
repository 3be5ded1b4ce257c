/** Storing tasks, and what people and other tasks ask of them. */
export const SUBMIT_FUNCTIONS = `
-- Places a new task: behind its dependencies, until its time, or in line.
CREATE FUNCTION _admit(p_seq bigint, p_after jsonb, p_now bigint, p_aging bigint)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t task;
  d task;
  v_edge jsonb;
  v_open integer := 0;
  v_rows integer;
BEGIN
  SELECT * INTO t FROM task WHERE seq = p_seq;
  FOR v_edge IN SELECT * FROM jsonb_array_elements(coalesce(p_after, '[]')) LOOP
    SELECT * INTO d FROM task WHERE id = v_edge ->> 'task';
    IF NOT FOUND THEN
      RAISE EXCEPTION 'unknown dependency' USING ERRCODE = 'MA001',
        DETAIL = jsonb_build_object('id', t.id, 'dependency', v_edge ->> 'task')::text;
    END IF;
    IF d.phase < 6 THEN
      INSERT INTO edge (dependency, dependent, kind, key) VALUES (d.seq, t.seq, v_edge ->> 'when', '') ON CONFLICT DO NOTHING;
      GET DIAGNOSTICS v_rows = ROW_COUNT;
      v_open := v_open + v_rows;
    ELSIF v_edge ->> 'when' = 'completed' AND d.phase <> 6 THEN
      PERFORM _end_task(t.seq, 9, NULL, NULL, 'its dependency "' || d.id || '" did not complete', p_now, p_aging);
      RETURN;
    END IF;
  END LOOP;
  IF v_open = 0 THEN
    PERFORM _make_ready(t, NULL, 0, p_now, p_aging);
  ELSE
    UPDATE task SET open_dependencies = v_open WHERE seq = t.seq;
    PERFORM _announce(t, 0, NULL, NULL, p_now);
  END IF;
END $$;

CREATE FUNCTION _submit(p_specs jsonb, p_inputs text[], p_labels text[], p_most bigint, p_aging bigint)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_now bigint := _now();
  v_spec jsonb;
  v_holder text;
  v_seq bigint;
  v_seqs bigint[] := '{}';
  v_places integer[] := '{}';
  v_open bigint;
  v_outcomes jsonb := '[]';
BEGIN
  FOR i IN 1 .. cardinality(p_inputs) LOOP
    v_spec := p_specs -> (i - 1);
    IF EXISTS (SELECT 1 FROM task WHERE id = v_spec ->> 'id') THEN
      v_outcomes := v_outcomes || jsonb_build_object('outcome', 'known', 'id', v_spec -> 'id');
      CONTINUE;
    END IF;
    SELECT id INTO v_holder FROM task WHERE unique_key = v_spec ->> 'uniqueKey' AND phase < 6;
    IF FOUND THEN
      v_outcomes := v_outcomes || jsonb_build_object('outcome', 'blocked-by-unique-key', 'id', v_spec -> 'id', 'holder', v_holder);
      CONTINUE;
    END IF;
    INSERT INTO task (id, kind, revision, lane, priority, phase, level, submitted_at, not_before, deadline,
        delivery_timeout_ms, unique_key, parent)
      VALUES (v_spec ->> 'id', v_spec ->> 'kind', (v_spec ->> 'revision')::bigint, v_spec ->> 'lane',
        (v_spec ->> 'priority')::smallint, 0, (v_spec ->> 'priority')::smallint, v_now, (v_spec ->> 'notBefore')::bigint,
        (v_spec ->> 'deadline')::bigint, (v_spec ->> 'deliveryTimeoutMs')::bigint, v_spec ->> 'uniqueKey', v_spec ->> 'parent')
      RETURNING seq INTO v_seq;
    INSERT INTO task_data (seq, input, labels) VALUES (v_seq, p_inputs[i], p_labels[i]);
    PERFORM _note_references('t' || v_seq, p_inputs[i]);
    IF v_spec ->> 'deadline' IS NOT NULL THEN PERFORM _tell('ready', 'timer'); END IF;
    v_seqs := v_seqs || v_seq;
    v_places := v_places || i;
    v_outcomes := v_outcomes || jsonb_build_object('outcome', 'created', 'id', v_spec -> 'id');
  END LOOP;
  IF cardinality(v_seqs) = 0 THEN RETURN v_outcomes; END IF;
  UPDATE counter SET value = value + cardinality(v_seqs) WHERE name = 'unfinished' RETURNING value INTO v_open;
  IF v_open > p_most THEN
    RAISE EXCEPTION 'queue full' USING ERRCODE = 'MA002',
      DETAIL = jsonb_build_object('unfinished', v_open - cardinality(v_seqs), 'added', cardinality(v_seqs))::text;
  END IF;
  FOR i IN 1 .. cardinality(v_seqs) LOOP
    PERFORM _admit(v_seqs[i], p_specs -> (v_places[i] - 1) -> 'after', v_now, p_aging);
  END LOOP;
  RETURN v_outcomes;
END $$;

CREATE FUNCTION submit(p_specs jsonb, p_inputs text[], p_labels text[], p_most bigint, p_aging bigint)
RETURNS jsonb LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  RETURN _submit(p_specs, p_inputs, p_labels, p_most, p_aging);
END $$;

-- Submits for a run; NULL where its claim is gone.
CREATE FUNCTION spawn(p_seq bigint, p_claim bigint, p_specs jsonb, p_inputs text[], p_labels text[], p_most bigint, p_aging bigint)
RETURNS jsonb LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  IF NOT EXISTS (SELECT 1 FROM task WHERE seq = p_seq AND claim = p_claim) THEN RETURN NULL; END IF;
  RETURN _submit(p_specs, p_inputs, p_labels, p_most, p_aging);
END $$;

-- Submits a copy of a task with the steps it is to find in its journal.
CREATE FUNCTION fork(p_spec jsonb, p_input text, p_labels text, p_names text[], p_starts bigint[], p_ends bigint[],
  p_outcomes text[], p_most bigint, p_aging bigint)
RETURNS jsonb LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_outcome jsonb;
  v_seq bigint;
BEGIN
  PERFORM _lock();
  v_outcome := _submit(jsonb_build_array(p_spec), ARRAY[p_input], ARRAY[p_labels], p_most, p_aging) -> 0;
  IF v_outcome ->> 'outcome' <> 'created' THEN RETURN v_outcome; END IF;
  SELECT seq INTO v_seq FROM task WHERE id = p_spec ->> 'id';
  INSERT INTO kept_step (task, ordinal, name, started_at, ended_at, outcome)
    SELECT v_seq, step.place, step.name, step.started_at, step.ended_at, step.outcome
    FROM unnest(p_names, p_starts, p_ends, p_outcomes) WITH ORDINALITY AS step (name, started_at, ended_at, outcome, place);
  PERFORM _note_references('t' || v_seq, kept.outcome) FROM kept_step AS kept WHERE kept.task = v_seq;
  RETURN v_outcome;
END $$;

CREATE FUNCTION cancel(p_id text, p_reason text, p_aging bigint)
RETURNS text LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
  v_now bigint;
  v_child bigint;
  v_children bigint[];
BEGIN
  PERFORM _lock();
  v_now := _now();
  SELECT * INTO t FROM task WHERE id = p_id;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF t.phase >= 6 THEN RETURN 'already-final'; END IF;
  v_children := ARRAY(SELECT _open_descendants(t.id));
  PERFORM _cancel(t.seq, p_reason, v_now, p_aging);
  FOREACH v_child IN ARRAY v_children LOOP PERFORM _cancel(v_child, p_reason, v_now, p_aging); END LOOP;
  RETURN 'accepted';
END $$;

-- Cancels what stands below a task whose deadline has passed in the hands of its worker.
CREATE FUNCTION cancel_below(p_id text, p_reason text, p_aging bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_child bigint;
BEGIN
  PERFORM _lock();
  FOREACH v_child IN ARRAY ARRAY(SELECT _open_descendants(p_id)) LOOP
    PERFORM _cancel(v_child, p_reason, _now(), p_aging);
  END LOOP;
END $$;

CREATE FUNCTION signal(p_id text, p_channel text, p_body text, p_message_id text)
RETURNS text LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
BEGIN
  PERFORM _lock();
  SELECT * INTO t FROM task WHERE id = p_id;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF t.phase >= 6 THEN RETURN 'final'; END IF;
  INSERT INTO message (task, channel, message_id, body) VALUES (t.seq, p_channel, p_message_id, p_body)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 'repeat'; END IF;
  UPDATE wait SET is_due = true WHERE task = t.seq AND channel = p_channel AND NOT is_over;
  IF FOUND THEN PERFORM _tell('worker', t.worker::text); END IF;
  RETURN 'stored';
END $$;

-- Puts a paused task in line; where it was paused for a step in doubt, that step alone may be repeated. Returns the phase.
CREATE FUNCTION resume(p_id text, p_aging bigint)
RETURNS integer LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  t task;
  v_error json;
BEGIN
  PERFORM _lock();
  SELECT * INTO t FROM task WHERE id = p_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF t.phase <> 5 THEN RETURN t.phase; END IF;
  SELECT error::json INTO v_error FROM task_data WHERE seq = t.seq;
  IF v_error ->> 'code' = 'EFFECT_UNKNOWN' THEN
    UPDATE intent SET is_repeat_allowed = true WHERE task = t.seq AND key = v_error -> 'details' ->> 'step';
  END IF;
  UPDATE task_data SET error = NULL WHERE seq = t.seq;
  PERFORM _make_ready(t, t.phase, 0, _now(), p_aging);
  RETURN t.phase;
END $$;

CREATE FUNCTION set_limits(p_limits text)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  INSERT INTO setting (name, value) VALUES ('limits', p_limits) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
  PERFORM _tell('ready', '');
END $$;

CREATE FUNCTION pause_lane(p_lane text)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  INSERT INTO paused_lane (name) VALUES (p_lane) ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION resume_lane(p_lane text)
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock();
  DELETE FROM paused_lane WHERE name = p_lane;
  PERFORM _tell('ready', '');
END $$;
`;
