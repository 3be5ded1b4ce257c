import { askChoice } from '../cli/ask.js';
import type { CommandContext } from '../cli/command-context.js';
import type { AskAgent } from '../agents/choose-agent.js';

/** Lets a person choose one of several agents, where there is one to ask. */
export function askAgentAt({ io, isInteractive }: CommandContext): AskAgent {
  if (!isInteractive) return undefined;
  return (names) =>
    askChoice(
      io,
      'Which agent?',
      names.map((name) => ({ value: name, label: name })),
    );
}
