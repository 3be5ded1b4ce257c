import { startOpenAIServer, type OpenAIServer, type ScriptedAnswer } from '@master-orchestrator/testing';
import { onTestFinished } from 'vitest';
import { folderWith } from './folder.js';

/** A project whose agent may write files once a person approves, and a scripted model on loopback. */
export interface ApprovalProject {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly server: OpenAIServer;
}

/** The model asks for `write_file` with this file and content. */
export function writes(path: string, content: string): ScriptedAnswer {
  return { toolCalls: [{ name: 'write_file', arguments: { path, content } }] };
}

/** Starts the model and makes the project; files go to its folder `out`. */
export async function approvalProject(answers: readonly ScriptedAnswer[]): Promise<ApprovalProject> {
  const server = await startOpenAIServer({ script: answers });
  onTestFinished(() => server.close());
  const cwd = folderWith({
    'mao.config.yaml': `models: { default: gpt-loopback }
plugins:
  '@master-orchestrator/tools-files': { roots: [{ path: out }], approveWrites: true }
`,
    'out/there.txt': 'there\n',
    'agents/assistant/agent.yaml':
      'instructions: You write files when you are asked to.\ntools: [write_file]\nbudget: { costUsd: 1, allowUnpriced: true }\n',
  });
  return { cwd, server, env: { OPENAI_API_KEY: 'sk-test-1234', OPENAI_BASE_URL: server.url } };
}
