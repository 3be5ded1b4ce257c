import type { CommandSpec, OptionSpec } from '../cli/command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS } from '../cli/commands.js';
import { EXIT_CODE_WORDS, EXIT_CODES } from '../cli/exit-codes.js';

/** The part of the README that the table of commands decides, in Markdown: every command with arguments, flags, examples, exit codes. */
export function commandReference(): string {
  const codes = Object.entries(EXIT_CODE_WORDS).map(([code, words]) => `- ${code}: ${words}`);
  return [
    '## Commands',
    ...COMMANDS.flatMap(section),
    '## Flags of every command',
    optionItems(GLOBAL_OPTIONS).join('\n'),
    '## Exit codes',
    codes.join('\n'),
  ].join('\n\n');
}

function section(spec: CommandSpec): string[] {
  const { path, summary, arguments: args = [], options = [], examples, exitCodes, isDefault } = spec;
  const line = ['mao', ...path, ...args.map(({ name }) => name), ...(options.length === 0 ? [] : ['[options]'])].join(
    ' ',
  );
  const items = [
    ...args.map(({ name, description, choices }) => item(name, description, choices)),
    ...optionItems(options),
  ];
  const codes = [EXIT_CODES.ok, ...exitCodes, EXIT_CODES.usage].toSorted((a, b) => a - b);
  return [
    `### mao ${path.join(' ')}`,
    isDefault === true ? `${summary} \`mao ${path[0] ?? ''}\` alone is the same.` : summary,
    `\`\`\`sh\n${line}\n\`\`\``,
    ...(items.length === 0 ? [] : [items.join('\n')]),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
    `Exit codes: ${codes.map((code) => `${code} ${EXIT_CODE_WORDS[code]}`).join(', ')}.`,
  ];
}

function optionItems(options: readonly OptionSpec[]): string[] {
  return options.map(({ flags, description, choices, isRepeatable }) => {
    const repeats = isRepeatable === true && !description.includes('repeated') ? '; may be repeated' : '';
    return item(flags, `${description}${repeats}`, choices);
  });
}

function item(name: string, description: string, choices: readonly string[] | undefined): string {
  const among = choices === undefined ? '' : ` (${choices.join(', ')})`;
  return `- \`${name}\`: ${description}${among}`;
}
