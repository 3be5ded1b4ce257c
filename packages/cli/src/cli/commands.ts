import { OPERATING_COMMANDS } from './commands-operating.js';
import { PROJECT_COMMANDS } from './commands-project.js';
import { WORK_COMMANDS } from './commands-work.js';
import type { CommandSpec, GroupSpec, OptionSpec } from './command-spec.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [...WORK_COMMANDS, ...OPERATING_COMMANDS, ...PROJECT_COMMANDS];

/** Words that hold further commands. */
export const GROUPS: readonly GroupSpec[] = [
  { name: 'tasks', summary: 'Look at tasks, cancel them, run them again.' },
  { name: 'approvals', summary: 'Answer what waits for a person.' },
  { name: 'agents', summary: 'List and check agents and templates.' },
  { name: 'plugins', summary: 'List, check and add plugins.' },
  { name: 'config', summary: 'Show and check the configuration.' },
];

/** Options that every command takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--json', description: 'print one JSON document (one a line for streams) and nothing else' },
  { flags: '--no-color', description: 'print no colour; NO_COLOR, FORCE_COLOR and TERM=dumb count too' },
  { flags: '--debug', description: 'print stacks of errors, and logs where there are any' },
  { flags: '-C, --cwd <folder>', description: 'work in this folder', completes: 'files' },
  { flags: '--config <file>', description: 'read this configuration file instead of searching', completes: 'files' },
  {
    flags: '--profile <name>',
    description: 'start from the defaults of this profile',
    choices: ['development', 'testing', 'staging', 'production'],
  },
  {
    flags: '--set <path=value>',
    isRepeatable: true,
    description: 'set a setting, such as server.port=8080; may be repeated',
  },
];

/** The page that explains the commands; each has a heading of its own. */
export const DOCS_PAGE = '@master-orchestrator/cli/README.md';

/** Page and heading that explain a command. */
export function docsOf({ path }: Pick<CommandSpec, 'path'>): string {
  return `${DOCS_PAGE}#mao-${path.join('-')}`;
}
