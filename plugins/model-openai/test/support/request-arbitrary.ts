import type { ModelItem, ModelRequest, ModelSettings, ModelToolSpec, ToolChoice } from '@master-orchestrator/contracts';
import fc from 'fast-check';
import { metricsTool, reportTool, requestOf } from './requests.js';

const words = fc.string({ unit: 'grapheme', maxLength: 40 });

const userMessage: fc.Arbitrary<ModelItem> = fc.oneof(
  words.map((content) => ({ type: 'message' as const, role: 'user' as const, content })),
  words.map((text) => ({
    type: 'message' as const,
    role: 'user' as const,
    content: [
      { type: 'text' as const, text },
      { type: 'image' as const, url: 'data:image/png;base64,AAAA', detail: 'low' as const },
      { type: 'image' as const, url: 'https://example.com/a.png' },
      { type: 'file' as const, name: 'a.pdf', data: 'data:application/pdf;base64,AAAA' },
      { type: 'file' as const, name: 'b.pdf', fileId: 'file-1' },
    ],
  })),
);
const systemMessage: fc.Arbitrary<ModelItem> = words.map((content) => ({ type: 'message', role: 'system', content }));
const answer: fc.Arbitrary<ModelItem> = fc
  .tuple(words, fc.option(words, { nil: undefined }))
  .map(([content, refusal]) => ({
    type: 'message',
    role: 'assistant',
    content,
    ...(refusal === undefined ? {} : { refusal }),
  }));

/** A turn of the assistant: reasoning, words, calls, and the results of the calls. */
function turn(place: number): fc.Arbitrary<readonly ModelItem[]> {
  return fc
    .record({
      hasReasoning: fc.boolean(),
      hasWords: fc.boolean(),
      words: answer,
      calls: fc.integer({ min: 1, max: 3 }),
      results: words,
    })
    .map(({ hasReasoning, hasWords, words: message, calls, results }) => {
      const ids = Array.from({ length: calls }, (_, index) => `call_${place}_${index}`);
      const reasoning: ModelItem = {
        type: 'provider-item',
        origin: 'https://api.openai.com',
        data: {
          model: 'gpt-4o',
          item: { type: 'reasoning', id: `rs_${place}`, summary: [], encrypted_content: 'abc' },
          following: [{ id: `msg_${place}` }, { id: `fc_${place}`, callId: `call_${place}_0` }],
        },
      };
      return [
        ...(hasReasoning ? [reasoning] : []),
        ...(hasWords ? [message] : []),
        ...ids.map((callId): ModelItem => ({
          type: 'tool-call',
          callId,
          name: 'calculate_metrics',
          arguments: '{"data":[1]}',
        })),
        ...ids.map((callId): ModelItem => ({
          type: 'tool-result',
          callId,
          name: 'calculate_metrics',
          output: results,
        })),
      ];
    });
}

const tools: fc.Arbitrary<readonly ModelToolSpec[]> = fc.constantFrom([], [metricsTool], [metricsTool, reportTool]);

const settings: fc.Arbitrary<ModelSettings> = fc.record(
  {
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    topP: fc.double({ min: 0, max: 1, noNaN: true }),
    maxOutputTokens: fc.integer({ min: 1, max: 4_000 }),
    reasoningEffort: fc.constantFrom('none', 'low', 'high', 'xhigh'),
    seed: fc.integer(),
    serviceTier: fc.constantFrom('auto', 'flex', 'priority'),
    parallelToolCalls: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** Any request a host may make. */
export const requestArbitrary: fc.Arbitrary<ModelRequest> = fc
  .record(
    {
      instructions: words,
      toolChoice: fc.constantFrom<ToolChoice>('auto', 'none', 'required', { tool: 'calculate_metrics' }),
      outputSchema: fc.boolean().map((isStrict) => ({ name: 'answer', schema: metricsTool.parameters, isStrict })),
    },
    { requiredKeys: [] },
  )
  .chain((optional) =>
    fc
      .tuple(
        fc.array(systemMessage, { maxLength: 1 }),
        userMessage,
        fc.array(fc.nat(), { maxLength: 3 }),
        tools,
        settings,
      )
      .chain(([systems, user, turns, given, chosen]) =>
        fc
          .tuple(...turns.map((_, place) => turn(place)))
          .map((told) =>
            requestOf({ ...optional, items: [...systems, user, ...told.flat()], tools: given, settings: chosen }),
          ),
      ),
  );
