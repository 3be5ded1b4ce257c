import { openaiSettings } from '../plugins/openai-settings.js';
import { isOpenAIWanted } from '../plugins/load-plugins.js';
import { readProjectAgents } from '../agents/project-agents.js';
import type { Project } from '../project/load-project.js';
import { isOfflineInProduction } from './check-config.js';
import { fail, ok, warn, type Check, type Finding } from './finding.js';

const OPENAI = 'https://api.openai.com/v1';
const ASK_MS = 5_000;
/** Difference between our clock and the server's that is told of, and that breaks things. */
const SKEW_WARN_MS = 60_000;
const SKEW_FAIL_MS = 300_000;
const PLACEHOLDER = /^(sk-)?(\.{3}|…|x{3,}|your[-_ ].*|<.*>|changeme|test|example)$/i;

/** Whether there is a model to think with, and a key for it. */
export const checkKey: Check = async ({ project }) => {
  if (project === undefined) return [];
  const { config } = project.loaded;
  const { apiKey, baseUrl } = config.models.openai;
  const hasReal = isOpenAIWanted(project);
  if (isOfflineInProduction(project.loaded, hasReal)) {
    return [
      fail(
        'key',
        'The production profile has no real model.',
        'Set OPENAI_API_KEY, or models.allowOfflineInProduction to true.',
      ),
    ];
  }
  const wanting = await agentsWantingModel(project);
  if (!hasReal && wanting.length > 0) {
    return [
      fail(
        'key',
        `No key is set, and a real model is asked for by ${wanting.join(', ')}.`,
        'Set OPENAI_API_KEY in the environment or in .env, or OPENAI_BASE_URL for a compatible server.',
      ),
    ];
  }
  if (!hasReal) return [ok('key', 'no key is set: the rule-based offline model answers')];
  if (apiKey === undefined) {
    if (baseUrl !== undefined) return [ok('key', `none, for ${baseUrl}`)];
    return [fail('key', 'The plugin model-openai is turned on, and no key is set.', 'Set OPENAI_API_KEY.')];
  }
  const text = apiKey.reveal();
  if (PLACEHOLDER.test(text) || /[\s"']/.test(text)) {
    return [
      fail(
        'key',
        `The key ${apiKey.hint()} is a placeholder, or has quotes or blanks in it.`,
        'Copy the key again, without quotes.',
      ),
    ];
  }
  return [ok('key', `${apiKey.hint()}${apiKey.origin === undefined ? '' : ` from ${apiKey.origin}`}`)];
};

/** Whether the model service answers, takes the key, has the model, and what time it has. */
export const checkEndpoint: Check = async ({ project, isOffline }) => {
  if (project === undefined || isOffline || !isOpenAIWanted(project)) return [];
  const { apiKey, organization, project: account } = project.loaded.config.models.openai;
  const settings = openaiSettings(project.loaded);
  const baseUrl = (typeof settings['baseUrl'] === 'string' ? settings['baseUrl'] : OPENAI).replace(/\/+$/, '');
  if (baseUrl === OPENAI && apiKey === undefined) return [];
  const headers = {
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.reveal().trim()}` }),
    ...(organization === undefined ? {} : { 'openai-organization': organization }),
    ...(account === undefined ? {} : { 'openai-project': account }),
  };
  let response: Response;
  try {
    response = await fetch(`${baseUrl}/models`, { headers, signal: AbortSignal.timeout(ASK_MS) });
  } catch (cause) {
    return [
      fail(
        'endpoint',
        `${baseUrl} cannot be reached: ${reasonOf(cause)}.`,
        'Check address, network, proxy and firewall.',
      ),
    ];
  }
  const answered = await judge(response, baseUrl, project, apiKey?.hint());
  return [...answered, ...clock(response.headers.get('date'))];
};

async function judge(
  response: Response,
  baseUrl: string,
  project: Project,
  keyHint: string | undefined,
): Promise<Finding[]> {
  const { status } = response;
  if (status === 401 || status === 403) {
    const key = keyHint === undefined ? 'a call without a key' : `the key ${keyHint}`;
    await response.body?.cancel();
    return [
      fail(
        'endpoint',
        `${baseUrl} refuses ${key} (${status}).`,
        'Set a valid key, and check its organisation and project.',
      ),
    ];
  }
  if (status === 429)
    return [
      warn(
        'endpoint',
        `${baseUrl} is busy (429).`,
        'Try again later; if it stays, look at the limits and the credit of the account.',
      ),
    ];
  if (status === 404)
    return [
      warn('endpoint', `${baseUrl} answers, but has no list of models (404).`, 'The address usually ends in /v1.'),
    ];
  if (!response.ok)
    return [fail('endpoint', `${baseUrl} answers with ${status}.`, 'Try again later, and check the address.')];
  const ids = await modelIds(response);
  if (ids === undefined)
    return [
      fail(
        'endpoint',
        `${baseUrl} answers with something that is no list of models.`,
        'Check the address: it may be another service.',
      ),
    ];
  const found = ok('endpoint', `${baseUrl} answers, with ${ids.length} models`);
  const wanted = project.loaded.config.models.default?.replace(/^openai:/, '');
  if (wanted === undefined || ids.length === 0 || /^offline(:|$)/.test(wanted) || ids.includes(wanted)) return [found];
  const { nearest } = await import('@master-orchestrator/core');
  const near = nearest(wanted, ids);
  const hint = near === undefined ? `Known: ${ids.slice(0, 8).join(', ')}.` : `Did you mean "${near}"?`;
  return [found, fail('model', `${baseUrl} has no model "${wanted}", which models.default names.`, hint)];
}

async function modelIds(response: Response): Promise<string[] | undefined> {
  try {
    const { data } = (await response.json()) as { data?: unknown };
    if (!Array.isArray(data)) return undefined;
    return data.flatMap((each: unknown) => {
      const id = (each as { readonly id?: unknown } | null)?.id;
      return typeof id === 'string' ? [id] : [];
    });
  } catch {
    return undefined;
  }
}

function clock(date: string | null): Finding[] {
  const there = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) return [];
  const skewMs = Math.abs(Date.now() - there);
  const words = `This machine's clock is ${Math.round(skewMs / 1_000)} s away from the server's.`;
  const hint = 'Set the clock, or turn on time synchronisation: tokens and certificates depend on it.';
  if (skewMs > SKEW_FAIL_MS) return [fail('clock', words, hint)];
  return skewMs > SKEW_WARN_MS ? [warn('clock', words, hint)] : [ok('clock', 'agrees with the model service')];
}

/** Who asks for a real model: `models.default`, and agents of the project. */
async function agentsWantingModel({ directory, loaded }: Project): Promise<string[]> {
  const standard = loaded.config.models.default;
  const readings = await readProjectAgents(directory);
  const agents = readings.flatMap(({ agent }) => {
    const model =
      agent?.source.kind === 'definition' ? agent.source.definition.model : agent?.source.parameters['model'];
    const names = [model ?? []].flat().filter((each): each is string => typeof each === 'string' && isReal(each));
    return names.length === 0 ? [] : [`${agent?.name ?? ''} (${names.join(', ')})`];
  });
  return [...(standard !== undefined && isReal(standard) ? [`models.default (${standard})`] : []), ...agents];
}

function isReal(model: string): boolean {
  return !/^offline(:|$)/.test(model);
}

function reasonOf(cause: unknown): string {
  const error = cause as Error & { readonly cause?: { readonly code?: string; readonly message?: string } };
  if (error.name === 'TimeoutError') return `no answer within ${ASK_MS} ms`;
  return error.cause?.code ?? error.cause?.message ?? error.message;
}
