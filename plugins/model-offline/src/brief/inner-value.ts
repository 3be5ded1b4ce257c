import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';

/** The value in the record that a parsing tool gives around it. */
export function innerValue(value: Json): Json {
  if (!isRecord(value)) return value;
  return value.value ?? value.data ?? value.result ?? value.rows ?? value.records ?? value;
}
