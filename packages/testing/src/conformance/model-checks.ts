import { checkOf, withoutSkipped, type Check } from './check.js';
import { describeChecks } from './describe-checks.js';
import { ANSWER_RULES } from './model-answer-checks.js';
import { CONDUCT_RULES, FAULT_RULES } from './model-conduct-checks.js';
import { ModelTrial, type CreateModel } from './model-trial.js';

/** Options of {@link modelPluginChecks}. */
export interface ModelCheckOptions {
  /** Shown in the names of the checks. @default 'model' */ readonly name?: string;
  /** Model that is asked for, without the provider's prefix. @default 'gpt-loopback' */ readonly model?: string;
  /** Rules to leave out, for example `model-fault-dns` where a proxy answers for unknown names. @default none */
  readonly skip?: readonly string[];
}

/**
 * What a model provider must keep that speaks OpenAI's wire format, over the Responses API or Chat Completions. Each
 * check starts a loopback server, makes a provider for it, and looks at both sides: answers, streams, abort, errors.
 *
 * @param create - Makes the provider, or the plugin that adds it, for a base URL and a key.
 */
export function modelPluginChecks(create: CreateModel, options: ModelCheckOptions = {}): readonly Check[] {
  const { name = 'model', model = 'gpt-loopback', skip } = options;
  const trial = new ModelTrial(create, model);
  const rules = [...CONDUCT_RULES, ...ANSWER_RULES, ...FAULT_RULES];
  return withoutSkipped(
    rules.map((rule) => checkOf(name, rule, () => rule.run(trial))),
    skip,
  );
}

/** A vitest suite of {@link modelPluginChecks}: `await describeModelPlugin(({ url, apiKey }) => myProvider(url, apiKey))`. */
export async function describeModelPlugin(create: CreateModel, options: ModelCheckOptions = {}): Promise<void> {
  await describeChecks(`model plugin ${options.name ?? ''}`.trim(), modelPluginChecks(create, options));
}
