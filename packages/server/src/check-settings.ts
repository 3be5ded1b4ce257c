import type { OrchestratorConfig } from '@master-orchestrator/config';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { ApiKeys } from './auth/api-keys.js';
import { isLoopback } from './guards/host-guard.js';

/**
 * Refuses settings that would let strangers in, or nobody at all.
 *
 * @throws OrchestratorError CONFIG_INVALID, naming the setting to change
 */
export async function checkSettings({ profile, server }: OrchestratorConfig, keys: ApiKeys): Promise<void> {
  const { host, auth } = server;
  if (!auth.enabled) {
    if (profile === 'production') {
      throw refused('The production profile serves nobody without a key.', 'Set server.auth.enabled to true.');
    }
    if (!isLoopback(host)) {
      throw refused(
        `Address "${host}" can be reached from outside, and no key is asked for.`,
        'Set server.auth.enabled to true, or server.host to 127.0.0.1.',
      );
    }
    return;
  }
  const { jwksUrl, issuer, audience } = auth.jwt;
  if (jwksUrl !== undefined && (issuer === undefined || audience === undefined)) {
    throw refused(
      'Tokens of any issuer or for any audience would be accepted.',
      'Set server.auth.jwt.issuer and server.auth.jwt.audience.',
    );
  }
  const adminKey = auth.adminKey?.reveal();
  if (adminKey !== undefined && (adminKey.length < 16 || /\s/.test(adminKey))) {
    throw refused(
      'The admin key can be guessed or cannot be sent.',
      'Give server.auth.adminKey 16 characters or more, without spaces.',
    );
  }
  if (adminKey === undefined && jwksUrl === undefined && !(await keys.hasAny())) {
    throw refused(
      'Keys are asked for, and there is none.',
      'Set server.auth.adminKey (MAO_ADMIN_KEY) to a long random text, and make the other keys with it.',
    );
  }
}

function refused(problem: string, advice: string): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', `The server does not start: ${problem} ${advice}`, { advice });
}
