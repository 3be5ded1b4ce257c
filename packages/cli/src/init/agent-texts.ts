type Files = readonly (readonly [string, string])[];

const LIMITS = `limits: { turns: 12 }
budget: { costUsd: 0.5, allowUnpriced: true }
`;

/** One agent that does what it is asked. */
export function assistantAgent(): [string, string][] {
  return agent(
    'assistant',
    `description: Answers questions about data and writes reports.
tools: [calculate_metrics, generate_report, csv_parse, json_query]
${LIMITS}example:
  task: What is the mean of [3, 4, 8]?
`,
    `You answer questions about data that a person gives you.

1. Find out what is asked, and which numbers or rows it is about.
2. Calculate with calculate_metrics. Do no arithmetic that a tool can do.
3. If a report is asked for, call generate_report once, at the end, with the result of calculate_metrics.

Answer first, then name the figures the answer rests on. If something is missing, say what; make nothing up.
`,
  );
}

/** The agent that gets the tasks of a team. */
export function leadAgent(): [string, string][] {
  return agent(
    'assistant',
    `description: Splits a task, hands the parts on, and puts the answer together.
delegates: [analyst, writer]
${LIMITS}example:
  task: Analyze the dataset [3, 4, 8] and write two sentences about it.
`,
    `You lead a small team: "analyst" calculates, "writer" writes.

1. Split the task into parts that one of them can do alone.
2. Hand each part on with all the data it needs: they see nothing of this conversation.
3. Check what comes back against the task, then answer in your own words.

Do small things yourself. Answer first, then say who found out what.
`,
  );
}

/** A member of the team that calculates. */
export function analystAgent(): [string, string][] {
  return agent(
    'analyst',
    `description: Calculates statistics of numbers and tables, and says what they mean.
tools: [calculate_metrics, csv_parse, json_query]
${LIMITS}example:
  task: What is the median of [3, 4, 8]?
`,
    `You turn numbers into answers that a reader can check.

Calculate with calculate_metrics, and pass the numbers exactly as given. Name count, mean, median and spread where they matter, and outliers by name. State only what stands in the data or in the result of a tool.
`,
  );
}

/** A member of the team that writes. */
export function writerAgent(): [string, string][] {
  return agent(
    'writer',
    `description: Writes short, clear texts and reports from results that others found.
tools: [generate_report]
${LIMITS}example:
  task: 'Write one sentence about this result: the mean of the five values is 16.4.'
`,
    `You write for readers who know nothing of the work behind the results.

Use only what the task gives you. Short sentences, the most important one first. Call generate_report when a report is asked for, once, at the end.
`,
  );
}

function agent(name: string, file: string, instructions: string): [string, string][] {
  const files: Files = [
    [`agents/${name}/agent.yaml`, file],
    [`agents/${name}/instructions.md`, instructions],
  ];
  return files.map(([path, text]) => [path, text]);
}
