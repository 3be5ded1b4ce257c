import type { CommandSpec, OptionSpec } from './command-spec.js';

const OFFLINE: OptionSpec = {
  flags: '--offline',
  description: 'think with the rule-based offline model: no key, no network',
};

/** Commands that keep work going and look after it. */
export const OPERATING_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['serve'],
    summary: 'Serve the agents over HTTP until told to stop; works on their tasks too.',
    options: [
      {
        flags: '--host <address>',
        description: 'address to listen on; another than loopback needs server.auth.enabled',
      },
      { flags: '-p, --port <number>', description: 'port to listen on (6260); 0 takes a free one', kind: 'integer' },
      { flags: '--auto-port', description: 'take a free port where the configured one is taken' },
      { flags: '--no-worker', description: 'queue tasks for other processes and work on none' },
      { flags: '--read-only', description: 'refuse every write' },
      OFFLINE,
    ],
    examples: ['mao serve', 'mao serve --port 0 --offline'],
    exitCodes: [1, 3, 4, 6, 130],
    load: () => import('../commands/serve.js'),
  },
  {
    path: ['worker'],
    summary: 'Work on queued tasks until told to stop.',
    options: [
      { flags: '--slots <count>', description: 'tasks at once; else maxConcurrentAgents', kind: 'integer', least: 1 },
      { flags: '--idle-exit <seconds>', description: 'stop once nothing was left to do for so long', kind: 'number' },
      OFFLINE,
    ],
    examples: ['mao worker', 'mao worker --slots 4 --idle-exit 1'],
    exitCodes: [1, 3, 4, 6, 130],
    load: () => import('../commands/worker.js'),
  },
  {
    path: ['tasks', 'list'],
    summary: 'List tasks, the newest first.',
    options: [
      {
        flags: '-s, --status <status>',
        description: 'only these',
        choices: ['pending', 'queued', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled', 'skipped'],
      },
      { flags: '-a, --agent <name>', description: 'only those of this agent', completes: 'agents' },
      { flags: '-n, --limit <count>', description: 'at most so many (20)', kind: 'integer', least: 1 },
      { flags: '--all', description: 'also tasks that agents gave to other agents' },
    ],
    examples: ['mao tasks list', 'mao tasks list --status failed --json'],
    exitCodes: [1, 3, 6],
    isDefault: true,
    load: () => import('../commands/tasks-list.js'),
  },
  {
    path: ['tasks', 'show'],
    summary: 'Show a task as a tree of its steps, with times, tokens, cost and attempts.',
    arguments: [{ name: '<id>', description: 'id of the task, or "last"', completes: 'tasks' }],
    options: [{ flags: '--full', description: 'whole inputs and outputs instead of their beginnings' }],
    examples: ['mao tasks show last', 'mao tasks show last --full --json'],
    exitCodes: [1, 3, 6],
    load: () => import('../commands/tasks-show.js'),
  },
  {
    path: ['tasks', 'cancel'],
    summary: 'Cancel a task in whatever state it is.',
    arguments: [{ name: '<id>', description: 'id of the task, or "last"', completes: 'tasks' }],
    options: [{ flags: '--reason <text>', description: 'why; kept with the task' }],
    examples: ['mao tasks cancel last', 'mao tasks cancel last --reason "not needed any more"'],
    exitCodes: [1, 3, 6],
    load: () => import('../commands/tasks-cancel.js'),
  },
  {
    path: ['tasks', 'retry'],
    summary: 'Run a failed, cancelled or skipped task again, as a new task.',
    arguments: [{ name: '<id>', description: 'id of the task, or "last"', completes: 'tasks' }],
    options: [
      { flags: '--run', description: 'work on it here and wait for the answer, instead of queueing it' },
      { flags: '-y, --yes', description: 'with --run: approve every tool call that asks for approval' },
      OFFLINE,
    ],
    examples: ['mao tasks retry last', 'mao tasks retry last --run --offline'],
    exitCodes: [1, 3, 4, 5, 6, 7, 130],
    load: () => import('../commands/tasks-retry.js'),
  },
  {
    path: ['approvals', 'list'],
    summary: 'List tool calls and failures that wait for a person.',
    options: [{ flags: '--all', description: 'also those that are answered' }],
    examples: ['mao approvals list', 'mao approvals list --all --json'],
    exitCodes: [1, 3, 6],
    isDefault: true,
    load: () => import('../commands/approvals-list.js'),
  },
  {
    path: ['approvals', 'answer'],
    summary: 'Approve or deny a tool call, or decide what becomes of a failure.',
    arguments: [{ name: '<id>', description: 'id of what waits, or "last"', completes: 'waiting' }],
    options: [
      { flags: '--approve', description: 'let this call go ahead, with exactly these arguments' },
      { flags: '--approve-for-run', description: 'let every call of this tool go ahead for the rest of the run' },
      { flags: '--deny', description: 'refuse it; the agent is told' },
      { flags: '--retry', description: 'a failure: try the step again' },
      { flags: '--skip', description: 'a failure: leave the step out' },
      { flags: '--result <json>', description: 'a failure: take this as the result of the step' },
      { flags: '--fail', description: 'a failure: end the task' },
      { flags: '--reason <text>', description: 'why; kept, and told to the agent' },
      { flags: '--by <name>', description: 'who decides; else the name of the user' },
    ],
    examples: ['mao approvals answer last --approve', 'mao approvals answer last --deny --reason "not on a Friday"'],
    exitCodes: [1, 3, 6],
    load: () => import('../commands/approvals-answer.js'),
  },
];
