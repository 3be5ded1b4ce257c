import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Variables that change what the command does; a test starts without them. */
const OURS =
  /^(MAO_|OPENAI_|CI$|NO_COLOR$|FORCE_COLOR$|NODE_DISABLE_COLORS$|TERM$|DEFAULT_MODEL$|ENABLE_|XDG_CONFIG_HOME$)/;

/** The environment of this process without what a developer may have set for the command, and with `more`. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OURS.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: join(tmpdir(), 'mao-no-user-file'), ...more };
}
