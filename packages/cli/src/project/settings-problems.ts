import type { Project } from './load-project.js';

/** Settings that are fine one by one and refused together. */
export interface SettingsProblem {
  readonly path: string;
  readonly problem: string;
  readonly hint: string;
}

/** What `mao serve` would refuse to start with. */
export function settingsProblems({ loaded: { config } }: Project): SettingsProblem[] {
  const { host, auth } = config.server;
  const problems: SettingsProblem[] = [];
  if (!isLoopback(host) && !auth.enabled) {
    problems.push({
      path: 'server.host',
      problem: `is "${host}", which others can reach, and nobody is asked for a key`,
      hint: 'Set server.auth.enabled to true, or keep to 127.0.0.1.',
    });
  }
  if (config.profile === 'production' && !auth.enabled) {
    problems.push({
      path: 'server.auth.enabled',
      problem: 'is false under the production profile',
      hint: 'Leave it out: the profile turns it on.',
    });
  }
  return problems;
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
