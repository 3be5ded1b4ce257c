/** Words that carry no meaning of their own for matching. */
const STOP_WORDS = new Set(
  (
    'a an the this that these those it its of to in on at by for from with without into onto as and or but then so if ' +
    'is are was were be been being do does did done can could should would will may might must shall i me my we us our ' +
    'you your he she they them their there here what which who whom when where why how please also just all any some ' +
    'each every both not no nor only own same than too very about after before between up down out over under again ' +
    'use using used let want need needs give given gives make makes made one ones thing things via per'
  ).split(' '),
);

/** Different forms and spellings of the field's words, brought to one stem. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^analy[sz]|^analyt/, 'analys'],
  [/^statisti|^stats?$/, 'statistic'],
  [/^summar/, 'summar'],
  [/^visuali[sz]/, 'visualis'],
  [/^calculat/, 'calculat'],
  [/^comput(e|es|ed|ing|ation|ations)$/, 'comput'],
  [/^valid/, 'valid'],
  [/^secur/, 'secur'],
  [/^architect/, 'architect'],
  [/^document/, 'document'],
  [/^vulnerab/, 'vulnerab'],
  [/^seriali[sz]/, 'serialis'],
  [/^stringif/, 'stringif'],
  [/^director(y|ies)$|^dirs?$/, 'directory'],
  [/^writ(e|es|er|ers|ing|ten)$|^wrote$/, 'write'],
  [/^mea(n|ns)$/, 'mean'],
  [/^numbers?$|^numeric/, 'number'],
  [/^quer(y|ies|ying|ied)$/, 'query'],
  [/^(translat|generat|creat|estimat|evaluat|aggregat|delegat|integrat|migrat|investigat)/, ''],
];

/** Names with capitals inside that are one word all the same. */
const ONE_WORD =
  /\b(JSONPath|JavaScript|TypeScript|GitHub|GitLab|GraphQL|PostgreSQL|MySQL|NoSQL|OpenAPI|README|DevOps|JSONata|XPath|JMESPath|YouTube|LinkedIn|PowerPoint|OpenAI)\b/g;

/**
 * The words of a text in lower case, in order. Identifiers are taken apart: `readFile`, `read_file` and `read-file`
 * all give `read`, `file`.
 */
export function splitWords(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .replace(ONE_WORD, (word) => word.toLowerCase())
      .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
      .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
      .replace(/[’']s\b/gu, '')
      .toLowerCase()
      .match(/[\p{L}\d]+/gu) ?? []
  );
}

/** Brings a word to a form that its plural, its -ing, -ed, -er and -ion forms share. A light stemmer for English. */
export function stem(word: string): string {
  for (const [pattern, root] of FAMILIES) {
    const match = pattern.exec(word);
    if (match !== null) return root === '' ? (match[1] ?? word) : root;
  }
  if (word.length <= 3) return word;
  const cut = stripSuffix(word);
  return /([bdfglmnprt])\1$/.test(cut) && cut.length > 4 ? cut.slice(0, -1) : cut;
}

/** The stems of the meaningful words of a text. */
export function stemSet(text: string): Set<string> {
  return new Set(stemList(text));
}

/** As {@link stemSet}, in order and with repeats. */
export function stemList(text: string): string[] {
  return splitWords(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}

/** True for a word such as "the" that says nothing about the matter. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}

/** How many members two sets share. */
export function countShared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared;
}

function stripSuffix(plural: string): string {
  const word = singularOf(plural);
  if (word.endsWith('ied') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(ation|ator)$/.test(word) && word.length > 6) return word.replace(/(ation|ator)$/, '');
  if (word.endsWith('ing') && word.length > 5) return stripFinalE(word.slice(0, -3));
  if (word.endsWith('ed') && word.length > 4) return stripFinalE(word.slice(0, -2));
  if (/(er|or)$/.test(word) && word.length > 5) return word.slice(0, -2);
  return stripFinalE(word);
}

function singularOf(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(sses|shes|ches|xes|zes)$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

function stripFinalE(word: string): string {
  return word.endsWith('e') && word.length > 4 ? word.slice(0, -1) : word;
}
