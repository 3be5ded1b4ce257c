import { assertNever } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { Dataset } from '../data/dataset.js';
import { dataForms, namedColumns } from '../data/data-forms.js';
import { canonicalJson, isRecord } from '../data/json-values.js';
import type { Document } from './material.js';

/** What one call is about: the piece of work it takes up. */
export type Seed =
  | { readonly kind: 'dataset'; readonly dataset: Dataset }
  | { readonly kind: 'document'; readonly document: Document }
  | { readonly kind: 'code'; readonly code: string; readonly language?: string; readonly name?: string }
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'file' | 'folder' | 'url' | 'text'; readonly value: string }
  | { readonly kind: 'nothing' };

/** True where the arguments of an earlier call hold what the seed stands for. */
export function isTakenUp(seed: Seed, args: Json): boolean {
  switch (seed.kind) {
    case 'dataset':
      return holdsAny(args, dataForms(seed.dataset)) || holdsAll(args, seed.dataset);
    case 'document':
      return holdsAny(args, [seed.document.text]);
    case 'code':
      return holdsAny(args, [seed.code]);
    case 'nothing':
      return true;
    case 'value':
    case 'file':
    case 'folder':
    case 'url':
    case 'text':
      return holdsAny(args, [seed.value]);
    default:
      return assertNever(seed);
  }
}

/** True where one of the values is the value itself or stands somewhere in it. */
function holdsAny(value: Json, wanted: readonly Json[]): boolean {
  const keys = new Set(wanted.map(canonicalJson));
  return holds(value, (inner) => keys.has(canonicalJson(inner)));
}

function holdsAll(value: Json, dataset: Dataset): boolean {
  return namedColumns(dataset).every(({ values }) => holdsAny(value, [[...values]]));
}

function holds(value: Json, isWanted: (inner: Json) => boolean): boolean {
  if (isWanted(value)) return true;
  if (Array.isArray(value))
    return value.some((entry) => typeof entry === 'object' && entry !== null && holds(entry, isWanted));
  return isRecord(value) && Object.values(value).some((entry) => holds(entry, isWanted));
}
