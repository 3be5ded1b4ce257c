import type { CommandSpec, OptionSpec } from './command-spec.js';

const BUDGET: readonly OptionSpec[] = [
  { flags: '--budget-usd <amount>', description: 'spend at most this much, in US dollars', kind: 'number' },
  { flags: '--budget-tokens <count>', description: 'use at most this many tokens', kind: 'integer', least: 1 },
];

const USER_CONTEXT: OptionSpec = {
  flags: '--user-context <json>',
  description: 'what tools and hooks are told, but no model: JSON, or @file',
};

const WHERE: readonly OptionSpec[] = [
  { flags: '--offline', description: 'think with the rule-based offline model: no key, no network' },
  { flags: '--memory', description: 'keep nothing on disk: the run leaves no task behind' },
];

/** Commands that give work to agents. */
export const WORK_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['init'],
    summary: 'Make a new project that runs at once, with no key, or a new plugin.',
    arguments: [{ name: '[folder]', description: 'where; the current folder where it is empty', completes: 'files' }],
    options: [
      {
        flags: '-t, --template <name>',
        description: 'what to start from',
        choices: ['assistant', 'team', 'program', 'service'],
      },
      {
        flags: '--plugin <kind>',
        description: 'make a plugin package for others to install, in place of a project',
        choices: ['tools', 'template', 'recovery', 'model', 'engine'],
      },
      {
        flags: '--name <name>',
        description: 'name of the project or plugin; the name of the folder where it is left out',
      },
      { flags: '--overwrite', description: 'replace files that are there already' },
    ],
    examples: ['mao init my-agents', 'mao init --plugin tools --name weather'],
    exitCodes: [1],
    load: () => import('../commands/init.js'),
  },
  {
    path: ['run'],
    summary: 'Give a task to an agent and wait for the answer.',
    arguments: [{ name: '[task...]', description: 'what is to be done, in words; "-" reads it from stdin' }],
    options: [
      { flags: '-a, --agent <name>', description: 'agent of the project, or of an earlier run', completes: 'agents' },
      { flags: '-t, --template <name>', description: 'make the agent from this template', completes: 'templates' },
      { flags: '--team <name>', description: 'make this team; its lead gets the task', completes: 'teams' },
      {
        flags: '-p, --param <name=value>',
        isRepeatable: true,
        description: 'parameter of the template or team; the value is JSON, else text',
      },
      {
        flags: '-f, --file <path>',
        isRepeatable: true,
        description: 'put the content of a file behind the task',
        completes: 'files',
      },
      USER_CONTEXT,
      ...BUDGET,
      { flags: '--deadline <seconds>', description: 'fail when it takes longer', kind: 'number' },
      { flags: '--priority <0-9>', description: '9 is the most urgent', kind: 'integer' },
      { flags: '-y, --yes', description: 'approve every tool call that asks for approval' },
      { flags: '--detach', description: 'queue the task for `mao worker` or `mao serve`, and print its id' },
      { flags: '--resume <id>', description: 'go on with a task that was stopped or waited', completes: 'tasks' },
      { flags: '--events', description: 'with --json: print each event as a line before the result' },
      ...WHERE,
    ],
    examples: [
      'mao run "What is the mean of 3, 4 and 8?"',
      'mao run --team data-analysis "Analyze the dataset [1, 2, 3, 4, 5] and generate a report"',
    ],
    exitCodes: [1, 3, 4, 5, 7, 130],
    load: () => import('../commands/run.js'),
  },
  {
    path: ['achieve'],
    summary: 'Let a master agent split a goal into tasks, delegate them and answer.',
    arguments: [{ name: '[goal...]', description: 'the goal, in words; "-" reads it from stdin' }],
    options: [
      { flags: '--team <name>', description: 'make this team; the master may use its members', completes: 'teams' },
      {
        flags: '--templates <name>',
        isRepeatable: true,
        description: 'templates it may make agents from; all where it is left out',
        completes: 'templates',
      },
      {
        flags: '-p, --param <name=value>',
        isRepeatable: true,
        description: 'parameter of the team; the value is JSON, else text',
      },
      { flags: '--ask', description: 'show the plan and ask before it runs' },
      { flags: '--max-tasks <count>', description: 'tasks of one plan', kind: 'integer', least: 1 },
      USER_CONTEXT,
      ...BUDGET,
      { flags: '-y, --yes', description: 'approve every tool call that asks for approval, and the plan' },
      { flags: '--events', description: 'with --json: print each event as a line before the result' },
      ...WHERE,
    ],
    examples: [
      'mao achieve "Analyze the dataset [2, 4, 6] and write a report about it"',
      'mao achieve --team data-analysis --max-tasks 4 "Analyze the dataset [1, 2, 3] and generate a report"',
    ],
    exitCodes: [1, 3, 4, 5, 7, 130],
    load: () => import('../commands/achieve.js'),
  },
];
