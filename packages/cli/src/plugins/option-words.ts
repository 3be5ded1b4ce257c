import type { PluginOption } from '@master-orchestrator/config';

/** What holds where an option is not given: `needed`, the default, or words of the plugin about it. */
export function defaultWords(option: PluginOption): string {
  if (option.isRequired) return 'needed';
  if (option.defaultWords !== undefined) return option.defaultWords.replaceAll('`', '');
  return option.default === undefined ? '–' : valueWords(option.default);
}

/** A value as it is written into a file; long numbers in groups. */
export function valueWords(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value)) return String(value).replaceAll(/\B(?=(\d{3})+$)/g, '_');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
