import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { dataForms } from '../data/data-forms.js';
import { isRecord } from '../data/json-values.js';
import type { Mention, MentionKind } from '../data/mention.js';
import { meetsSchema } from '../schema/check-value.js';
import { coerce } from '../schema/fit-value.js';
import { asSchema, typeOf, variantsOf } from '../schema/json-schema.js';
import { wholeClause } from '../text/clauses.js';
import { rankCandidates } from '../planning/match-agent.js';
import { splitWords, stem } from '../text/words.js';
import { metricsAtHand } from '../brief/metrics-forms.js';
import { reportTitle } from '../brief/report-parts.js';
import { namesAfter, saidMember, saidValues } from '../brief/said-values.js';
import { roleOf, type Role } from '../brief/roles.js';
import { writtenFiles } from './describe-result.js';
import { factLists, type FactList } from './fact-lists.js';
import { innerValue } from '../brief/inner-value.js';
import { fitRecord } from './fit-record.js';
import { ownMetrics } from './own-statistics.js';
import type { Metrics } from './read-metrics.js';
import type { AnswerSource } from './write-answer.js';

/** Spellings under which figures are asked for, by their label. */
const FIGURES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(mean|average|avg)$/, ['mean']],
  [/^median$/, ['median']],
  [/^(count|n|size|length|total count|number of values|sample size|value count)$/, ['count']],
  [/^(sum|total)$/, ['sum']],
  [/^(min|minimum|lowest|smallest)( value)?$/, ['minimum']],
  [/^(max|maximum|highest|largest)( value)?$/, ['maximum']],
  [
    /^population (standard deviation|std|sd|stdev|std dev)$|^(standard deviation|std|sd|stdev|std dev) population$/,
    ['standard deviation (population)'],
  ],
  [
    /^(sample )?(standard deviation|std|sd|stdev|std dev|std deviation)( sample)?$/,
    ['standard deviation (sample)', 'standard deviation'],
  ],
  [/^population variance$|^variance population$/, ['variance (population)']],
  [/^(sample )?variance( sample)?$/, ['variance (sample)', 'variance']],
  [/^(q 1|first quartile|lower quartile)$/, ['first quartile']],
  [/^(q 2|second quartile)$/, ['median']],
  [/^(q 3|third quartile|upper quartile)$/, ['third quartile']],
];
const MOST_DEPTH = 6;

/** Everything that results, data and text say, found by name. */
export class FactBook {
  readonly #source: AnswerSource;
  readonly #metrics: readonly Metrics[];
  readonly #values: readonly Json[];
  readonly #lists: readonly FactList[];

  constructor(source: AnswerSource) {
    this.#source = source;
    const atHand = metricsAtHand(source.material);
    this.#metrics = atHand.length > 0 ? atHand : source.material.datasets.map(ownMetrics);
    const results = source.material.results.toReversed().map(({ value }) => value);
    const written = source.material.mentions.flatMap((mention) => (mention.kind === 'json' ? [mention.value] : []));
    this.#values = [...results, ...written];
    this.#lists = factLists(source.material, written);
  }

  /** The value that something says for a name, in the form the schema takes. */
  find(name: string, schema: JsonSchema, root: JsonSchema): Json | undefined {
    for (const candidate of this.#candidates(name, schema, root)) {
      const value = coerce(candidate, schema, root);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Entries for a list: numbers, files, names, records of a result that fit. */
  list(name: string, schema: JsonSchema, root: JsonSchema): Json[] | undefined {
    const items = asSchema(schema.items);
    const isOf = (type: string): boolean => variantsOf(items, root).some((one) => typeOf(one) === type);
    if (isOf('object'))
      return this.#records(items, root).find((list) => list.length > 0 && meetsSchema(list, schema, root));
    const lists = [...this.#listsByName(name), ...(isOf('string') ? [this.#names(name)] : [])];
    const numbers =
      isOf('number') && roleOf(name, schema) === 'data' ? this.#source.material.datasets.flatMap(dataForms) : [];
    return [...lists, ...numbers].find(
      (list): list is Json[] => Array.isArray(list) && list.length > 0 && meetsSchema(list, schema, root),
    );
  }

  /** A whole result for an object of any shape. */
  record(schema: JsonSchema, root: JsonSchema): Json | undefined {
    const figures = Object.fromEntries(
      this.#metrics.flatMap(({ columns }) => columns.flatMap(({ figures: own }) => own)),
    );
    return [...this.#values, figures].find(
      (value) => isRecord(value) && Object.keys(value).length > 0 && meetsSchema(value, schema, root),
    );
  }

  /** True or false where a result has a field of that name, or the text says it. */
  says(name: string): boolean | undefined {
    const found = this.#values
      .flatMap((value) => fieldsNamed(value, name, 0))
      .find((value) => typeof value === 'boolean');
    if (typeof found === 'boolean') return found;
    const said = saidValues(name, this.#text)[0];
    return said === undefined
      ? undefined
      : /^(true|yes|on)$/i.test(said)
        ? true
        : /^(false|no|off)$/i.test(said)
          ? false
          : undefined;
  }

  /** The member that the results name, else the text. */
  member(members: readonly string[]): string | undefined {
    const { goal } = this.#source.conversation;
    return saidMember(members, goal) ?? closestMember(members, goal) ?? bestMember(members, goal);
  }

  get #text(): string {
    return this.#source.conversation.message;
  }

  #candidates(name: string, schema: JsonSchema, root: JsonSchema): Json[] {
    const fields = this.#values.flatMap((value) => fieldsNamed(value, name, 0));
    const asked = /^(value|result|answer|number|figure|output)$/i.test(name) ? this.#askedFigures() : [];
    const called = /name$/i.test(name) && roleOf(name, schema) === undefined ? fullNames(this.#text) : [];
    return [
      ...this.#figures(name),
      ...asked,
      ...fields,
      ...this.#counts(name),
      ...saidValues(name, this.#text),
      ...called,
      ...this.#byRole(name, schema, root),
    ];
  }

  /** The figures that the text asks for by name: the mean in "What is the mean of …". */
  #askedFigures(): number[] {
    const words = splitWords(this.#source.conversation.goal);
    const asked = [3, 2, 1].flatMap((length) => words.map((_, at) => words.slice(at, at + length).join(' ')));
    const names = asked.filter((one) => FIGURES.some(([pattern]) => pattern.test(one)));
    return names.flatMap((one) => this.#figures(one));
  }

  #figures(name: string): number[] {
    const words = wordsOf(name);
    const labels = FIGURES.find(([pattern]) => pattern.test(words))?.[1] ?? [];
    const columns = this.#metrics.flatMap(({ columns: own }) => own);
    const correlations = /^(correlation|pearson|r)\b/.test(words)
      ? this.#metrics.flatMap(({ relations }) => relations.map(({ r }) => r))
      : [];
    const direct = labels.flatMap((label) =>
      columns.flatMap(({ figures }) => figures.flatMap(([key, value]) => (key === label ? [value] : []))),
    );
    return [...direct, ...this.#figuresOfColumn(words), ...correlations];
  }

  /** `salesMean` for the mean of the column `sales`. */
  #figuresOfColumn(words: string): number[] {
    return this.#metrics.flatMap(({ columns }) =>
      columns.flatMap(({ name, figures }) => {
        const column = name === undefined ? '' : wordsOf(name);
        if (column === '' || !words.startsWith(`${column} `)) return [];
        const rest = words.slice(column.length + 1);
        const labels = FIGURES.find(([pattern]) => pattern.test(rest))?.[1] ?? [rest];
        return figures.flatMap(([key, value]) => (labels.includes(key) ? [value] : []));
      }),
    );
  }

  /** `findingCount` or `number_of_rows` as the length of a list of that name. */
  #counts(name: string): number[] {
    const words = splitWords(name);
    if (!words.some((word) => /^(count|number|total|num|amount)$/.test(word))) return [];
    const what = words.filter((word) => !/^(count|number|total|num|of|amount)$/.test(word)).map(stem);
    if (what.length === 0) return [];
    return this.#listsNamed(what).map((list) => list.length);
  }

  #byRole(name: string, schema: JsonSchema, root: JsonSchema): Json[] {
    const isText = variantsOf(schema, root).some((one) => typeOf(one) === 'string');
    if (!isText) return [];
    const role = roleOf(name, schema);
    return role === undefined ? [] : this.#textsOfRole(role);
  }

  #textsOfRole(role: Role): string[] {
    const { conversation, material, plan } = this.#source;
    const kinds: Partial<Record<Role, MentionKind>> = {
      url: 'url',
      path: 'file',
      folder: 'folder',
      email: 'email',
      date: 'date',
      code: 'code',
    };
    const kind = kinds[role];
    if (kind !== undefined) return material.mentions.filter((mention) => mention.kind === kind).map(mentionText);
    if (role === 'data') return this.#dataTexts();
    if (role === 'place') return namesAfter('in|at|from|near', conversation.goal);
    if (role === 'person') return namesAfter('for|by|from|to|with|of|user|customer|name is|am', conversation.goal);
    const clause = plan.intents[0]?.clause;
    return role === 'title' && clause !== undefined ? [reportTitle({ goal: conversation.goal, material, clause })] : [];
  }

  /** Lists of records in the results, each entry written as the schema wants it. */
  #records(items: JsonSchema, root: JsonSchema): Json[][] {
    return this.#lists.map(({ entries, implied }) =>
      entries.flatMap((entry) => (isRecord(entry) ? (fitRecord(entry, items, root, implied) ?? []) : [])),
    );
  }

  #listsByName(name: string): Json[][] {
    return this.#listsNamed(splitWords(name).map(stem));
  }

  #listsNamed(wanted: readonly string[]): Json[][] {
    return this.#lists.flatMap(({ name, entries }) =>
      splitWords(name)
        .map(stem)
        .some((word) => wanted.includes(word))
        ? [[...entries]]
        : [],
    );
  }

  /** Data as JSON text: what a tool parsed, else the numbers of the text. */
  #dataTexts(): string[] {
    const { results, datasets } = this.#source.material;
    const parsed = results.filter(({ trade }) => trade === 'parse-json' || trade === 'parse-csv').toReversed();
    const values = parsed.map(({ value }) => innerValue(value));
    return [...values, ...datasets.flatMap((dataset) => dataForms(dataset).slice(0, 1))].map((value) =>
      JSON.stringify(value),
    );
  }

  #names(name: string): string[] {
    const { results, mentions, documents } = this.#source.material;
    const words = splitWords(name).map(stem);
    const has = (...wanted: string[]): boolean => words.some((word) => wanted.includes(word));
    if (has('not')) return [];
    if (has('review', 'read', 'check', 'inspect', 'analys', 'source')) {
      return [...new Set(documents.flatMap(({ name: own }) => own ?? []))];
    }
    if (has('file', 'path', 'artifact', 'output')) {
      return results.flatMap(({ value, trade }) =>
        trade === 'report' || trade === 'write' ? writtenFiles(value) : [],
      );
    }
    const kind = has('url', 'link') ? 'url' : has('email') ? 'email' : undefined;
    return kind === undefined ? [] : mentions.filter((mention) => mention.kind === kind).map(mentionText);
  }
}

/** People and things that the text names with two words in capitals, `Jane Doe`. */
function fullNames(text: string): string[] {
  return text.match(/\p{Lu}[\p{L}’'-]+(?:\s+\p{Lu}[\p{L}’'-]+)+/gu) ?? [];
}

function mentionText(mention: Mention): string {
  if (mention.kind === 'code') return mention.code;
  return 'value' in mention && typeof mention.value === 'string' ? mention.value : mention.text;
}

function wordsOf(name: string): string {
  return splitWords(name)
    .join(' ')
    .replace(/([a-z])(\d)/g, '$1 $2');
}

/** Values of all fields with that name, however it is spelled. */
function fieldsNamed(value: Json, name: string, depth: number): Json[] {
  if (depth > MOST_DEPTH) return [];
  if (Array.isArray(value)) return value.slice(0, 50).flatMap((entry) => fieldsNamed(entry, name, depth + 1));
  if (!isRecord(value)) return [];
  const own = Object.entries(value).flatMap(([key, inner]) => (wordsOf(key) === wordsOf(name) ? [inner] : []));
  return [...own, ...Object.values(value).flatMap((inner) => fieldsNamed(inner, name, depth + 1))];
}

/** The member that shares a word with the text, where just one does. */
function closestMember(members: readonly string[], text: string): string | undefined {
  const words = new Set(splitWords(text).map(stem));
  const sharing = members.filter((member) =>
    splitWords(member)
      .map(stem)
      .some((word) => word.length > 3 && words.has(word)),
  );
  return sharing.length === 1 ? sharing[0] : undefined;
}

/** The member whose field the text is about, where one fits better than all others. */
function bestMember(members: readonly string[], text: string): string | undefined {
  const candidates = members.map((name) => ({ name, description: '' }));
  const [first, second] = rankCandidates(wholeClause(text, []), candidates);
  return first !== undefined && first.score > (second?.score ?? 0) ? first.candidate.name : undefined;
}
