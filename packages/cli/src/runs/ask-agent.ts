import type { CommandContext } from '../cli/command-context.js';
import type { AskAgent } from '../agents/choose-agent.js';

/** Lets a person choose one of several agents, where there is one to ask. */
export function askAgentAt({ isInteractive }: CommandContext): AskAgent {
  if (!isInteractive) return undefined;
  return async (names) => {
    const { isCancel, select } = await import('@clack/prompts');
    const options = names.map((name) => ({ value: name, label: name }));
    const answer = await select({ message: 'Which agent?', options, output: process.stderr });
    return isCancel(answer) ? undefined : answer;
  };
}
