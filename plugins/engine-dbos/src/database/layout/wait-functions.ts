/** What runs wait for. */
export const WAIT_FUNCTIONS = `
-- Takes the next message of a channel for a step; the same step asked again gets the same message.
CREATE FUNCTION _take_message(p_seq bigint, p_key text, p_channel text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  m message;
BEGIN
  SELECT * INTO m FROM message WHERE task = p_seq AND taken_by = p_key;
  IF NOT FOUND THEN
    UPDATE message SET taken_by = p_key WHERE seq = (
        SELECT seq FROM message WHERE task = p_seq AND channel = p_channel AND taken_by IS NULL ORDER BY seq LIMIT 1)
      RETURNING * INTO m;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  RETURN '{"body":' || m.body || ',"messageId":' || to_json(m.message_id)::text || '}';
END $$;

-- NULL where all have ended; else how many have not, with an edge from each.
CREATE FUNCTION _open_joined(p_seq bigint, p_key text, p_ids text[]) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_unknown text;
  v_open integer;
BEGIN
  SELECT asked.id INTO v_unknown FROM unnest(p_ids) AS asked (id)
    WHERE NOT EXISTS (SELECT 1 FROM task WHERE task.id = asked.id) LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'unknown task' USING ERRCODE = 'MA003', DETAIL = v_unknown; END IF;
  -- An ended task gets its edge, too: it is kept as long as the one that joined it goes on.
  INSERT INTO edge (dependency, dependent, kind, key)
    SELECT seq, p_seq, 'join', p_key FROM task WHERE id = ANY (p_ids) ON CONFLICT DO NOTHING;
  SELECT count(*) INTO v_open FROM task WHERE id = ANY (p_ids) AND phase < 6;
  RETURN nullif(v_open, 0);
END $$;

-- Begins a wait, or looks at it again. Returns 'lost' (the claim is gone), '=' and the result as JSON, or 'open' and the
-- moment at which time alone ends it.
CREATE FUNCTION look_at_wait(p_seq bigint, p_claim bigint, p_key text, p_kind text, p_channel text, p_started bigint,
  p_until bigint, p_ids text[])
RETURNS text LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_found text;
  v_open integer;
  w wait;
BEGIN
  PERFORM _lock();
  IF NOT EXISTS (SELECT 1 FROM task WHERE seq = p_seq AND claim = p_claim) THEN RETURN 'lost'; END IF;
  SELECT * INTO w FROM wait WHERE task = p_seq AND key = p_key;
  w.wake_at := CASE WHEN w.task IS NULL THEN p_until ELSE w.wake_at END;
  IF p_kind = 'receive' THEN
    v_found := _take_message(p_seq, p_key, p_channel);
  ELSIF p_kind = 'join' THEN
    v_open := _open_joined(p_seq, p_key, p_ids);
    IF v_open IS NULL THEN v_found := to_json(p_ids)::text; END IF;
  END IF;
  IF v_found IS NULL AND w.wake_at <= _now() THEN v_found := 'null'; END IF;
  IF v_found IS NOT NULL THEN
    UPDATE wait SET is_over = true, is_due = false WHERE task = p_seq AND key = p_key;
    RETURN '=' || v_found;
  END IF;
  INSERT INTO wait (task, key, channel, started_at, wake_at, open)
    VALUES (p_seq, p_key, p_channel, p_started, w.wake_at, v_open)
    ON CONFLICT (task, key) DO UPDATE SET open = excluded.open, is_due = false, is_over = false;
  RETURN 'open' || coalesce(' ' || w.wake_at, '');
END $$;
`;
