import { createRequire } from 'node:module';
import { version } from '../version.js';
import { assistantAgent, analystAgent, leadAgent, writerAgent } from './agent-texts.js';
import { programFiles } from './program-texts.js';

/** What a new project can start from. */
export type ProjectTemplate = 'assistant' | 'team' | 'program' | 'service';

/** Each template in a few words, for the question. */
export const PROJECT_TEMPLATES: Readonly<Record<ProjectTemplate, string>> = {
  assistant: 'One agent as a file, run with mao: no code',
  team: 'A lead that hands work to two agents: no code',
  program: 'A TypeScript program with a team and a tool of its own',
  service: 'Agents behind an HTTP API',
};

/** A file of a new project: path inside it, and content. */
export type ProjectFiles = ReadonlyMap<string, string>;

/** What a person types first in a new project. */
export const FIRST_COMMANDS: Readonly<Record<ProjectTemplate, readonly string[]>> = {
  assistant: ['npm install', 'npm start'],
  team: ['npm install', 'npm start'],
  program: ['npm install', 'npm start', 'npm test'],
  service: ['npm install', 'npm start'],
};

/** The files of a new project. */
export function projectFiles(name: string, template: ProjectTemplate): ProjectFiles {
  const common: [string, string][] = [
    ['.gitignore', 'node_modules\ndist\n.mao\n.env\nreports\n'],
    ['.env.example', ENV_EXAMPLE],
    ['README.md', readme(name, template)],
  ];
  if (template === 'program') return new Map([['package.json', programPackage(name)], ...common, ...programFiles()]);
  const agents: [string, string][] =
    template === 'team' ? [...leadAgent(), ...analystAgent(), ...writerAgent()] : [...assistantAgent()];
  return new Map([
    ['package.json', agentPackage(name, template)],
    ['mao.config.yaml', configFile(template)],
    ...agents,
    ...common,
  ]);
}

const require = createRequire(import.meta.url);

/** Range of one of our packages: the version that this command itself works with, and what is compatible with it. */
function rangeOf(name: string): string {
  const installed = require(`@master-orchestrator/${name}/package.json`) as { readonly version: string };
  return `^${installed.version}`;
}

const ENV_EXAMPLE = `# Copy to .env. Without a key the rule-based offline model answers.
OPENAI_API_KEY=
# For a compatible server, such as Ollama:
# OPENAI_BASE_URL=http://127.0.0.1:11434/v1
# The model of agents that name none:
# MAO_MODEL=gpt-4o
`;

const TASK = 'Analyze the dataset [12, 15, 11, 30, 14] and say what stands out.';

function agentPackage(name: string, template: ProjectTemplate): string {
  const start = template === 'service' ? 'mao serve' : `mao run ${JSON.stringify(TASK)}`;
  return json({
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: { start, check: 'mao config check && mao agents check', doctor: 'mao doctor' },
    dependencies: { '@master-orchestrator/cli': `^${version}`, '@master-orchestrator/config': rangeOf('config') },
    engines: { node: '>=22.13' },
  });
}

function programPackage(name: string): string {
  const packages = ['config', 'contracts', 'core', 'errors', 'factory', 'model-offline', 'model-openai'];
  const plugins = ['templates-data', 'tools-analysis', 'tools-reporting'];
  return json({
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: { build: 'tsc', start: 'tsc && node dist/src/main.js', test: 'tsc && node --test "dist/test/*.test.js"' },
    dependencies: {
      ...Object.fromEntries([...packages, ...plugins].map((each) => [`@master-orchestrator/${each}`, rangeOf(each)])),
      rxjs: '^7.8.2',
      zod: '^4.6.7',
    },
    devDependencies: { '@types/node': '^22.19.0', typescript: '^7.0.2' },
    engines: { node: '>=22.13' },
  });
}

function configFile(template: ProjectTemplate): string {
  const server = template === 'service' ? '\nserver:\n  host: 127.0.0.1\n  port: 6260\n' : '';
  return `# yaml-language-server: $schema=./node_modules/@master-orchestrator/config/schema.json
# Every setting with its meaning: npx mao config show --sources
profile: development
maxConcurrentAgents: 4

# The key comes from the environment or from .env. Without one the rule-based offline model answers.
# models:
#   default: gpt-4o

# What agents may spend together:
budgets:
  costUsd: 5
  allowUnpriced: true
${server}
plugins:
  # Let agents that name read_file look into this folder:
  # '@master-orchestrator/tools-files': { roots: [{ path: ., isReadOnly: true }] }
  '@master-orchestrator/tools-reporting': { outputDir: reports }
`;
}

function readme(name: string, template: ProjectTemplate): string {
  const first = FIRST_COMMANDS[template].join('\n');
  const more: Readonly<Record<ProjectTemplate, string>> = {
    assistant: 'The agent is `agents/assistant`: `agent.yaml` says what it may do, `instructions.md` how it works.',
    team: 'The agents are the folders of `agents`. `lead` hands work to `analyst` and `writer`.',
    program: '`src/team.ts` makes the team, `src/word-count-tool.ts` is a tool of its own, `src/main.ts` runs it.',
    service: 'The agents are the folders of `agents`. The API is described at `/openapi.json`.',
  };
  const commands =
    template === 'program'
      ? ''
      : '\n```sh\nnpx mao agents check    # are the agents in order?\nnpx mao tasks list      # what was done\nnpx mao doctor          # is anything wrong?\n```\n';
  return `# ${name}

\`\`\`sh
${first}
\`\`\`

It runs with no key: a rule-based offline model answers, and says so. For a real model copy \`.env.example\` to \`.env\` and set \`OPENAI_API_KEY\`.

${more[template]}
${commands}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
