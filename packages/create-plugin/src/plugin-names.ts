/** The names of a plugin in every form that its files need. */
export interface PluginNames {
  /** npm package: `mao-plugin-weather` or `@acme/mao-plugin-weather`. */ readonly packageName: string;
  /** `weather` */ readonly kebab: string;
  /** `weather` in camel case */ readonly camel: string;
  /** `Weather` */ readonly pascal: string;
  /** `weather` in snake case, as tools are named */ readonly snake: string;
}

const PREFIX = 'mao-plugin-';
const FORM = /^(?:(@[a-z0-9][a-z0-9._-]*)\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/**
 * Reads what a person calls the plugin.
 *
 * @param given - `weather`, `mao-plugin-weather`, or either with a scope before it.
 * @returns the names, or `undefined` for what cannot be one
 */
export function namesOf(given: string): PluginNames | undefined {
  const [, scope, word] = FORM.exec(given.trim()) ?? [];
  const kebab = word?.startsWith(PREFIX) === true ? word.slice(PREFIX.length) : word;
  if (kebab === undefined || kebab === '' || kebab.length > 60 || !/^[a-z]/.test(kebab)) return undefined;
  const pascal = kebab
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  return {
    packageName: `${scope === undefined ? '' : `${scope}/`}${PREFIX}${kebab}`,
    kebab,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    snake: kebab.replaceAll('-', '_'),
  };
}
