/** The state that all workers share. A token tells a write that is tried again from a new one. */
export const STATE_FUNCTIONS = `
CREATE FUNCTION _lock_state() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('mao state ' || current_schema(), 0))
$$;

CREATE FUNCTION _write_state(p_namespace text, p_key text, p_value text, p_version bigint, p_token uuid)
RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_owner text := 's' || p_namespace || E'\\n' || p_key;
BEGIN
  INSERT INTO state (namespace, key, value, version, change, token)
    VALUES (p_namespace, p_key, p_value, p_version, nextval('state_change'), p_token)
    ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, version = excluded.version,
      change = excluded.change, token = excluded.token;
  IF p_version > 1 THEN DELETE FROM reference WHERE owner = v_owner; END IF;
  PERFORM _note_references(v_owner, p_value);
END $$;

CREATE FUNCTION _erase_state(p_namespace text, p_key text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM reference WHERE owner = 's' || p_namespace || E'\\n' || p_key;
  DELETE FROM state WHERE namespace = p_namespace AND key = p_key;
  RETURN FOUND;
END $$;

CREATE FUNCTION _append_state(p_log text, p_value text, p_token uuid) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_last bigint;
  v_key text;
BEGIN
  INSERT INTO log (name, last) VALUES (p_log, 1) ON CONFLICT (name) DO UPDATE SET last = log.last + 1 RETURNING last INTO v_last;
  v_key := lpad(v_last::text, 16, '0');
  PERFORM _write_state(p_log, v_key, p_value, 1, p_token);
  RETURN v_key;
END $$;

-- The new version; NULL: another version stands there.
CREATE FUNCTION put_state(p_namespace text, p_key text, p_value text, p_if_version bigint, p_token uuid)
RETURNS float8 LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  s state;
  v_version bigint;
BEGIN
  PERFORM _lock_state();
  SELECT * INTO s FROM state WHERE namespace = p_namespace AND key = p_key;
  IF s.token = p_token THEN RETURN s.version; END IF;
  v_version := coalesce(s.version, 0);
  IF p_if_version IS NOT NULL AND p_if_version <> v_version THEN RETURN NULL; END IF;
  PERFORM _write_state(p_namespace, p_key, p_value, v_version + 1, p_token);
  RETURN v_version + 1;
END $$;

CREATE FUNCTION delete_state(p_namespace text, p_key text, p_if_version bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM _lock_state();
  IF p_if_version IS NOT NULL AND p_if_version <>
    coalesce((SELECT version FROM state WHERE namespace = p_namespace AND key = p_key), 0) THEN RETURN NULL; END IF;
  RETURN _erase_state(p_namespace, p_key);
END $$;

CREATE FUNCTION append_state(p_log text, p_value text, p_token uuid)
RETURNS text LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_key text;
BEGIN
  PERFORM _lock_state();
  SELECT recent.key INTO v_key FROM (
      SELECT key, token FROM state WHERE namespace = p_log ORDER BY key DESC LIMIT 100) AS recent
    WHERE recent.token = p_token;
  IF FOUND THEN RETURN v_key; END IF;
  RETURN _append_state(p_log, p_value, p_token);
END $$;

-- Rows whose key starts with a text, after a cursor, in order.
CREATE FUNCTION scan_state(p_namespace text, p_prefix text, p_cursor text, p_limit integer)
RETURNS TABLE (key text, value text, version float8, change float8) LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT key, value, version::float8, change::float8 FROM state
    WHERE namespace = p_namespace AND key >= p_prefix AND key <= p_prefix || U&'\\+10FFFF\\+10FFFF'
      AND (p_cursor IS NULL OR key > p_cursor)
    ORDER BY key LIMIT p_limit
$$;

-- Applies the writes of a transaction; false, and nothing applied, where something that it read has changed.
CREATE FUNCTION commit_state(p_rows jsonb, p_scans jsonb, p_logs jsonb, p_appends text[][], p_namespaces text[], p_keys text[],
  p_values text[], p_versions bigint[], p_token uuid)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  v_sight jsonb;
BEGIN
  PERFORM _lock_state();
  IF EXISTS (SELECT 1 FROM unnest(p_namespaces, p_keys) AS w (namespace, key)
      JOIN state ON state.namespace = w.namespace AND state.key = w.key WHERE state.token = p_token) THEN
    RETURN true;
  END IF;
  FOR v_sight IN SELECT * FROM jsonb_array_elements(p_rows) LOOP
    IF (v_sight ->> 'change')::bigint <> coalesce((SELECT change FROM state
        WHERE namespace = v_sight ->> 'namespace' AND key = v_sight ->> 'key'), 0) THEN RETURN false; END IF;
  END LOOP;
  FOR v_sight IN SELECT * FROM jsonb_array_elements(p_scans) LOOP
    IF v_sight ->> 'seen' <> coalesce((SELECT string_agg(key || E'\\n' || change, E'\\n' ORDER BY key) FROM scan_state(
        v_sight ->> 'namespace', v_sight ->> 'prefix', v_sight ->> 'cursor', (v_sight ->> 'limit')::integer)), '') THEN
      RETURN false;
    END IF;
  END LOOP;
  FOR v_sight IN SELECT * FROM jsonb_array_elements(p_logs) LOOP
    IF (v_sight ->> 'last')::bigint <> coalesce((SELECT last FROM log WHERE name = v_sight ->> 'name'), 0) THEN
      RETURN false;
    END IF;
  END LOOP;
  FOR i IN 1 .. coalesce(array_length(p_appends, 1), 0) LOOP
    PERFORM _append_state(p_appends[i][1], p_appends[i][2], p_token);
  END LOOP;
  FOR i IN 1 .. cardinality(p_keys) LOOP
    IF p_values[i] IS NULL THEN PERFORM _erase_state(p_namespaces[i], p_keys[i]);
    ELSE PERFORM _write_state(p_namespaces[i], p_keys[i], p_values[i], p_versions[i], p_token);
    END IF;
  END LOOP;
  RETURN true;
END $$;

CREATE FUNCTION put_blob(p_hash text, p_bytes bytea, p_named text[])
RETURNS void LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO blob (hash, bytes, touched_at) VALUES (p_hash, p_bytes, _now())
    ON CONFLICT (hash) DO UPDATE SET touched_at = excluded.touched_at;
  INSERT INTO reference (owner, hash) SELECT 'b' || p_hash, named FROM unnest(p_named) AS named ON CONFLICT DO NOTHING;
END $$;
`;
