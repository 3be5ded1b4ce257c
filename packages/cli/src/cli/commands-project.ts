import type { CommandSpec } from './command-spec.js';

/** Commands about what a project is made of. */
export const PROJECT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['agents', 'list'],
    summary: 'List the agents of the project and of earlier runs.',
    examples: ['mao agents list', 'mao agents list --json'],
    exitCodes: [1, 3],
    isDefault: true,
    load: () => import('../commands/agents-list.js'),
  },
  {
    path: ['agents', 'check'],
    summary: 'Check agents and templates: schema, instructions, tools, budget, and an example run offline.',
    arguments: [
      { name: '[name...]', description: 'agents, templates or folders; all of the project where it is left out' },
    ],
    options: [{ flags: '--no-run', description: 'leave the example runs out' }],
    examples: ['mao agents check', 'mao agents check data-analyst'],
    exitCodes: [1, 3],
    load: () => import('../commands/agents-check.js'),
  },
  {
    path: ['templates'],
    summary: 'List templates of agents and teams, or show the parameters of one.',
    arguments: [{ name: '[name]', description: 'the template to show', completes: 'templates' }],
    examples: ['mao templates', 'mao templates data-analyst'],
    exitCodes: [1, 3],
    load: () => import('../commands/templates.js'),
  },
  {
    path: ['tools'],
    summary: 'List the tools that agents may be given, or show one.',
    arguments: [{ name: '[name]', description: 'the tool to show', completes: 'tools' }],
    examples: ['mao tools', 'mao tools calculate_metrics'],
    exitCodes: [1, 3],
    load: () => import('../commands/tools.js'),
  },
  {
    path: ['plugins', 'list'],
    summary:
      'List plugins: what each adds, what it may do, or why it was refused; those that are installed and not on, too.',
    examples: ['mao plugins list', 'mao plugins list --json'],
    exitCodes: [1, 3],
    isDefault: true,
    load: () => import('../commands/plugins-list.js'),
  },
  {
    path: ['plugins', 'show'],
    summary: 'Show a plugin: what it adds, what it may do, and its options with their defaults and values.',
    arguments: [{ name: '<plugin>', description: 'name of an installed plugin', completes: 'plugins' }],
    examples: [
      'mao plugins show @master-orchestrator/tools-web',
      'mao plugins show @master-orchestrator/tools-files --json',
    ],
    exitCodes: [1, 3],
    load: () => import('../commands/plugins-show.js'),
  },
  {
    path: ['plugins', 'check'],
    summary: 'Run the conformance checks on plugins; says which rule is broken, why it matters, how to mend it.',
    arguments: [
      {
        name: '[package]',
        description: 'name of an installed package, or its folder; all of the configuration where it is left out',
        completes: 'plugins',
      },
    ],
    options: [
      { flags: '--baseline <file>', description: 'JSON list of failures that are known', completes: 'files' },
      { flags: '--skip <rule>', isRepeatable: true, description: 'rules to leave out' },
      { flags: '--settings <json>', description: 'settings for the plugin; else those of the configuration' },
    ],
    examples: [
      'mao plugins check @master-orchestrator/prices-openai',
      'mao plugins check @master-orchestrator/tools-data --skip tool-fuzz --json',
    ],
    exitCodes: [1, 3],
    load: () => import('../commands/plugins-check.js'),
  },
  {
    path: ['plugins', 'add'],
    summary: 'Turn an installed plugin on in the configuration file.',
    arguments: [{ name: '<package>', description: 'name of the package, or a folder', completes: 'files' }],
    options: [
      { flags: '--install', description: 'install the package first, without its install scripts' },
      { flags: '--settings <json>', description: 'settings of the plugin' },
    ],
    examples: [
      'mao plugins add @master-orchestrator/prices-openai',
      'mao plugins add @master-orchestrator/tools-web --settings \'{"timeoutMs":5000}\'',
    ],
    exitCodes: [1, 3],
    load: () => import('../commands/plugins-add.js'),
  },
  {
    path: ['plugins', 'wiring'],
    summary: 'Show who provides what: every part of the orchestrator and where it comes from.',
    examples: ['mao plugins wiring', 'mao plugins wiring --json'],
    exitCodes: [1, 3],
    load: () => import('../commands/plugins-wiring.js'),
  },
  {
    path: ['config', 'show'],
    summary: 'Show the configuration in force, secrets masked.',
    arguments: [{ name: '[path]', description: 'only this part, such as server' }],
    options: [
      { flags: '--sources', description: 'say where each value comes from' },
      { flags: '--changed', description: 'only what is not a default' },
    ],
    examples: ['mao config show --sources', 'mao config show server --json'],
    exitCodes: [3],
    isDefault: true,
    load: () => import('../commands/config-show.js'),
  },
  {
    path: ['config', 'check'],
    summary: 'Check the configuration, plugins with their settings, and agents; tells every problem at once.',
    examples: ['mao config check', 'mao config check --profile production --json'],
    exitCodes: [3],
    load: () => import('../commands/config-check.js'),
  },
  {
    path: ['doctor'],
    summary: 'Find what is wrong with the set-up, and say how to mend it.',
    options: [{ flags: '--offline', description: 'leave out what asks the model service' }],
    examples: ['mao doctor', 'mao doctor --offline --json'],
    exitCodes: [1],
    load: () => import('../commands/doctor.js'),
  },
  {
    path: ['completion'],
    summary: 'Print a completion script for a shell.',
    arguments: [{ name: '<shell>', description: 'which one', choices: ['bash', 'zsh', 'fish', 'pwsh'] }],
    examples: ['mao completion bash', 'mao completion pwsh'],
    exitCodes: [],
    load: () => import('../commands/completion.js'),
  },
];
