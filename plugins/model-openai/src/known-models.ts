import type { ModelDescription } from '@master-orchestrator/contracts';

interface KnownModel extends ModelDescription {
  /** The model thinks before it answers: it takes an effort and refuses sampling settings. */ readonly isReasoning: boolean;
}

const chat = (contextWindow: number, maxOutputTokens: number): KnownModel => ({
  contextWindow,
  maxOutputTokens,
  isReasoning: false,
});
const reasoning = (contextWindow: number, maxOutputTokens: number): KnownModel => ({
  contextWindow,
  maxOutputTokens,
  isReasoning: true,
});

/**
 * OpenAI's models by the beginning of their names; the longest beginning wins. Numbers from OpenAI's model pages as of
 * November 2026. What is not listed has no known window: an unknown number is better than a wrong one.
 */
const KNOWN_MODELS: Readonly<Record<string, KnownModel>> = {
  'gpt-6': reasoning(1_050_000, 128_000),
  'gpt-5.6': reasoning(1_050_000, 128_000),
  'gpt-5.5': reasoning(1_050_000, 128_000),
  'gpt-5.4': reasoning(1_050_000, 128_000),
  'gpt-5.4-mini': reasoning(400_000, 128_000),
  'gpt-5.4-nano': reasoning(400_000, 128_000),
  'gpt-5.3-chat': reasoning(128_000, 16_384),
  'gpt-5.2-chat': reasoning(128_000, 16_384),
  'gpt-5.1-chat': reasoning(128_000, 16_384),
  'gpt-5-chat': chat(128_000, 16_384),
  'gpt-5-pro': reasoning(400_000, 272_000),
  'gpt-5': reasoning(400_000, 128_000),
  'gpt-4.1': chat(1_047_576, 32_768),
  'gpt-4.5': chat(128_000, 16_384),
  'gpt-4o-2024-05-13': chat(128_000, 4_096),
  'gpt-4o': chat(128_000, 16_384),
  'chatgpt-4o': chat(128_000, 16_384),
  'gpt-4-turbo': chat(128_000, 4_096),
  'gpt-4-1106': chat(128_000, 4_096),
  'gpt-4-0125': chat(128_000, 4_096),
  'gpt-4-vision': chat(128_000, 4_096),
  'gpt-4-32k': chat(32_768, 32_768),
  'gpt-4': chat(8_192, 8_192),
  'gpt-3.5-turbo': chat(16_385, 4_096),
  'o1-preview': reasoning(128_000, 32_768),
  'o1-mini': reasoning(128_000, 65_536),
  o1: reasoning(200_000, 100_000),
  o3: reasoning(200_000, 100_000),
  'o4-mini': reasoning(200_000, 100_000),
  'codex-mini': reasoning(200_000, 100_000),
  'gpt-oss': { contextWindow: 131_072, maxOutputTokens: 131_072, isReasoning: true },
};

const BY_LENGTH = Object.entries(KNOWN_MODELS).sort(([a], [b]) => b.length - a.length);

/**
 * What is known about a model.
 *
 * @param model - Its name, also with a vendor before it (`openai/gpt-4o`) or as a fine-tune (`ft:gpt-4o:…`).
 */
export function knownModel(model: string): KnownModel | undefined {
  const name = model
    .slice(model.lastIndexOf('/') + 1)
    .replace(/^ft:/, '')
    .toLowerCase();
  return BY_LENGTH.find(([beginning]) => isBeginning(name, beginning))?.[1];
}

/** Window and longest answer of a model, as far as known. */
export function describeModel(model: string): ModelDescription {
  const known = knownModel(model);
  if (known === undefined) return {};
  const { isReasoning: _, ...description } = known;
  return description;
}

/** True where the name goes on with a new word, so that `o1` is not the beginning of `o1x`, nor `gpt-5` that of `gpt-50`. */
function isBeginning(name: string, beginning: string): boolean {
  if (!name.startsWith(beginning)) return false;
  const next = name[beginning.length];
  return next === undefined || /[^a-z0-9]/.test(next);
}
