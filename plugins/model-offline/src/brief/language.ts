import type { Occasion } from './occasion.js';

const BY_ENDING: Readonly<Record<string, string>> = {
  ts: 'typescript',
  tsx: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  js: 'javascript',
  jsx: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  py: 'python',
  rb: 'ruby',
  go: 'go',
  rs: 'rust',
  java: 'java',
  kt: 'kotlin',
  swift: 'swift',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  hpp: 'cpp',
  cs: 'csharp',
  php: 'php',
  sh: 'bash',
  bash: 'bash',
  lua: 'lua',
  r: 'r',
  scala: 'scala',
  dart: 'dart',
  sql: 'sql',
  json: 'json',
  html: 'html',
  css: 'css',
  yaml: 'yaml',
  yml: 'yaml',
};
const PROGRAMMING = new RegExp(
  String.raw`\b(typescript|javascript|python|ruby|golang|rust|java|kotlin|swift|c\+\+|c#|php|bash|lua|scala|dart|sql|html|css)(?![\w+#])`,
  'i',
);
const HUMAN =
  /\b(?:to|into|in)\s+(English|French|German|Spanish|Italian|Portuguese|Dutch|Polish|Russian|Chinese|Japanese|Korean|Arabic|Hindi|Turkish|Swedish|Danish|Norwegian|Finnish|Greek|Czech|Hungarian|Ukrainian|Hebrew|Vietnamese|Thai|Indonesian)\b/i;

/** The language a call is about, the surest first: of the code, of the file, as the text names it. */
export function languageOf({ seed, clause, goal, material }: Occasion): string[] {
  const found: string[] = [];
  if (seed.kind === 'code') {
    if (seed.language !== undefined) found.push(...spellings(seed.language));
    found.push(...languageOfFile(seed.name));
  } else {
    for (const mention of [...clause.mentions, ...material.mentions]) {
      if (mention.kind === 'code' && mention.language !== undefined) found.push(...spellings(mention.language));
      if (mention.kind === 'file') found.push(...languageOfFile(mention.value));
    }
  }
  for (const text of [clause.text, goal]) {
    const named = PROGRAMMING.exec(text)?.[1] ?? HUMAN.exec(text)?.[1];
    if (named !== undefined) found.push(...(PROGRAMMING.test(named) ? spellings(named) : []), named);
  }
  return found;
}

/** The language a file name tells. */
export function languageOfFile(name: string | undefined): string[] {
  const ending = /\.([A-Za-z0-9]+)$/.exec(name ?? '')?.[1]?.toLowerCase();
  const language = ending === undefined ? undefined : BY_ENDING[ending];
  return language === undefined || ending === undefined ? [] : [language, ending];
}

/** `ts` and `typescript`, `c++` and `cpp`: a schema may use either. */
function spellings(language: string): string[] {
  const lower = language.toLowerCase();
  const full = BY_ENDING[lower] ?? { golang: 'go', 'c++': 'cpp', 'c#': 'csharp', shell: 'bash' }[lower] ?? lower;
  const short = Object.entries(BY_ENDING).flatMap(([ending, one]) => (one === full ? [ending] : []));
  return [full, lower, ...short];
}
