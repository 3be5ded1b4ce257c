import type { Store } from '../database/store.js';
import { explained } from '../tasks/submit-tasks.js';

/** What a run waits for. Moments are milliseconds since 1970. */
export type WaitFor =
  | { readonly kind: 'receive'; readonly channel: string; readonly until: number | undefined }
  | { readonly kind: 'sleep'; readonly until: number }
  | { readonly kind: 'join'; readonly ids: readonly string[] };

/** What a look at a wait found: its result as JSON, or the moment at which time alone ends it. `lost`: the claim is gone. */
export type WaitLook = { readonly found: string } | { readonly openUntil: number | undefined } | 'lost';

/** Begins a wait, or looks at it again. The store keeps its end, so a later delivery waits no longer than this one. */
export async function lookAtWait(
  store: Store,
  holder: { readonly seq: number; readonly claim: number },
  step: { readonly key: string; readonly startedAt: number },
  wait: WaitFor,
): Promise<WaitLook> {
  const until = wait.kind === 'join' || wait.until === undefined ? null : wholeMoment(wait.until);
  const channel = wait.kind === 'receive' ? wait.channel : null;
  const ids = wait.kind === 'join' ? wait.ids : null;
  const values = [holder.seq, holder.claim, step.key, wait.kind, channel, Math.floor(step.startedAt), until, ids];
  const text = await explained(() => store.call<string>('look_at_wait', values, { isPatient: true }));
  if (text === 'lost') return 'lost';
  if (text.startsWith('=')) return { found: text.slice(1) };
  const at = text.slice('open '.length);
  return { openUntil: at === '' ? undefined : Number(at) };
}

function wholeMoment(at: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(at)));
}
