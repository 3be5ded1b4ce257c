import { Secret, type OrchestratorConfig } from '@master-orchestrator/config';
import { isSecretName } from './secret-name.js';

const MASK = '****';
const USER_INFO = /\/\/[^/?#\s]*@/g;

/** The settings as plain data; secrets, and texts under names that mean secrets, are masked. */
export function redactConfig(config: OrchestratorConfig): Record<string, unknown> {
  return mask(config, '') as Record<string, unknown>;
}

function mask(value: unknown, name: string): unknown {
  if (Secret.isInstance(value)) return value.hint();
  if (typeof value === 'string') {
    return isSecretName(name) && value !== '' ? MASK : value.replaceAll(USER_INFO, `//${MASK}@`);
  }
  if (Array.isArray(value)) return value.map((item) => mask(item, name));
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, key)]));
}
