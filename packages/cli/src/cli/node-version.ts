/** The oldest Node.js that everything here runs on. */
export const LOWEST_NODE = { major: 22, minor: 13 } as const;

/** Major and minor number of a version such as `v22.13.0`. */
export function nodeLine(version: string): { readonly major: number; readonly minor: number } {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return { major: Number(major), minor: Number(minor) };
}

/** True for a Node.js below {@link LOWEST_NODE}. */
export function isNodeTooOld(version: string): boolean {
  const { major, minor } = nodeLine(version);
  return major < LOWEST_NODE.major || (major === LOWEST_NODE.major && minor < LOWEST_NODE.minor);
}
