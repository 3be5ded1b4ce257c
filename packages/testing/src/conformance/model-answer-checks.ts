import assert from 'node:assert/strict';
import type { ModelRequest } from '@master-orchestrator/contracts';
import type { WireVariation } from '../openai-server/fault.js';
import type { ScriptedAnswer } from '../openai-server/scripted-answer.js';
import type { Rule } from './check.js';
import { callsOf, joined, textOf, userMessage, WEATHER_TOOL, type ModelTrial } from './model-trial.js';

/** A rule about a model, and how it is tried. */
export type ModelRule = Rule & { readonly run: (trial: ModelTrial) => Promise<void> };

const TEXT = 'Grüße! The answer is 42, and that is all there is to say about it. 🙂';
const CALLS = [
  { name: 'current_weather', arguments: { city: 'Lisbon', days: 1 }, callId: 'call_a' },
  { name: 'current_weather', arguments: { city: 'Łódź', days: 2 }, callId: 'call_b' },
];
const BOTH_WAYS = [false, true];

/** What an answer must be turned into. */
export const ANSWER_RULES: readonly ModelRule[] = [
  {
    rule: 'model-text',
    holds: 'hands on a text, plain and streamed',
    why: 'It is what most runs end in.',
    fix: 'Return one assistant message with the whole text, finish "stop" and the usage told.',
    run: (trial) =>
      trial.with({ script: [{ text: TEXT }, { text: TEXT }] }, async (provider, server) => {
        for (const isStream of BOTH_WAYS) {
          const { response } = await trial.ask(provider, isStream);
          assert.equal(textOf(response.items), TEXT, 'the text is another one');
          assert.equal(response.finish, 'stop');
          assert.ok(response.usage.inputTokens > 0 && response.usage.outputTokens > 0, 'no tokens were counted');
        }
        server.assertDone();
      }),
  },
  {
    rule: 'model-deltas',
    holds: 'streams deltas that put together are the answer',
    why: 'People read the deltas, the next turn reads the answer: they must be the same.',
    fix: 'Call onDelta once for each piece, in order, none twice and none left out.',
    run: (trial) =>
      trial.with({ script: [{ text: TEXT, toolCalls: CALLS, chunkSize: 3 }] }, async (provider) => {
        const { response, deltas } = await trial.ask(provider, true, { tools: [WEATHER_TOOL] });
        assert.equal(joined(deltas, 'text'), textOf(response.items));
        assert.ok(deltas.filter(({ type }) => type === 'text').length > 5, 'the text came in too few deltas');
        for (const call of callsOf(response.items)) {
          assert.equal(
            joined(deltas, 'tool-arguments', call.callId),
            call.arguments,
            `the deltas of ${call.callId} differ`,
          );
        }
      }),
  },
  {
    rule: 'model-tool-calls',
    holds: 'hands on parallel tool calls with their ids and raw arguments',
    why: 'The registry parses the arguments and pairs results with calls by id.',
    fix: 'Return a tool-call item for each, arguments as the text the model wrote, finish "tool_calls".',
    run: (trial) =>
      trial.with({ script: [{ toolCalls: CALLS }, { toolCalls: CALLS }] }, async (provider) => {
        for (const isStream of BOTH_WAYS) {
          const { response } = await trial.ask(provider, isStream, { tools: [WEATHER_TOOL] });
          const calls = callsOf(response.items).map(({ callId, name, arguments: text }) => [
            callId,
            name,
            JSON.parse(text) as unknown,
          ]);
          assert.deepEqual(
            calls,
            CALLS.map(({ callId, name, arguments: args }) => [callId, name, args]),
          );
          assert.equal(response.finish, 'tool_calls');
        }
      }),
  },
  {
    rule: 'model-raw-arguments',
    holds: 'hands on arguments that are no JSON as they are',
    why: 'The registry tells the model what is wrong with them; a throw here loses the whole turn.',
    fix: 'Do not parse arguments.',
    run: (trial) =>
      trial.with(
        { script: () => ({ toolCalls: CALLS.slice(0, 1), fault: { kind: 'broken-arguments' } }) },
        async (provider) => {
          for (const isStream of BOTH_WAYS) {
            const { response } = await trial.ask(provider, isStream, { tools: [WEATHER_TOOL] });
            assert.equal(callsOf(response.items)[0]?.arguments, '{"broken": ');
          }
        },
      ),
  },
  {
    rule: 'model-transcript',
    holds: 'sends a transcript back in which every call has its result',
    why: 'Services refuse a transcript with a call left open, and the task ends there.',
    fix: 'Map every item: messages, tool calls, tool results (failed ones too) and your own provider items.',
    run: (trial) => sendsTranscript(trial),
  },
  {
    rule: 'model-tools',
    holds: 'tells the service the tools, the choice and the settings',
    why: 'A model cannot use a tool it was not told of.',
    fix: 'Map tools, toolChoice and settings; leave out what the model does not accept.',
    run: (trial) => tellsTools(trial),
  },
  {
    rule: 'model-output-schema',
    holds: 'asks for the output schema it is given',
    why: 'Without it the answer has some other shape, and costs another turn.',
    fix: 'Send name, schema and strictness in the form of the API.',
    run: (trial) =>
      trial.with({ script: [{ text: '{"n":1}' }] }, async (provider, server) => {
        const schema = {
          type: 'object',
          properties: { n: { type: 'integer' } },
          required: ['n'],
          additionalProperties: false,
        } as const;
        const outputSchema = { name: 'count_result', schema, isStrict: true } as unknown as NonNullable<
          ModelRequest['outputSchema']
        >;
        const { response } = await trial.ask(provider, false, { outputSchema });
        assert.equal(textOf(response.items), '{"n":1}');
        assert.match(server.requests[0]?.rawBody ?? '', /"count_result"/);
        server.assertDone();
      }),
  },
  {
    rule: 'model-usage',
    holds: 'hands on the tokens that were counted, cached and reasoning ones too',
    why: 'Budgets and bills are settled by them.',
    fix: 'Map all four numbers; set isEstimated where the service told none.',
    run: (trial) => {
      const usage = { inputTokens: 211, outputTokens: 37, cachedInputTokens: 128, reasoningTokens: 16 };
      return trial.with({ script: () => ({ text: TEXT, usage }) }, async (provider) => {
        for (const isStream of BOTH_WAYS) {
          const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = (
            await trial.ask(provider, isStream)
          ).response.usage;
          assert.deepEqual({ inputTokens, outputTokens, cachedInputTokens, reasoningTokens }, usage);
        }
      });
    },
  },
  {
    rule: 'model-finish',
    holds: 'tells why an answer ended',
    why: 'A cut, filtered or refused answer taken for a whole one goes out as the result.',
    fix: 'Map the end to length, filtered or refused, and keep the words of a refusal.',
    run: (trial) => tellsFinish(trial),
  },
  {
    rule: 'model-variations',
    holds: 'bears the ways in which compatible services differ',
    why: 'Local servers leave out usage, [DONE] or the space after "data:", and split anywhere.',
    fix: 'Read event streams by their standard and treat what is optional as optional.',
    run: (trial) => bearsVariations(trial),
  },
];

async function sendsTranscript(trial: ModelTrial): Promise<void> {
  const script: ScriptedAnswer[] = [{ reasoning: 'Look it up.', toolCalls: CALLS }, { text: TEXT }];
  await trial.with({ script }, async (provider, server) => {
    const tools = [WEATHER_TOOL];
    const items = [
      { type: 'message', role: 'system', content: 'Be brief.' } as const,
      userMessage('How is the weather?'),
    ];
    const first = await trial.ask(provider, false, { items, tools, instructions: 'You know the weather.' });
    const results = CALLS.map(({ callId, name }, index) => ({
      type: 'tool-result' as const,
      callId,
      name,
      output: index === 0 ? '{"temperatureC":21}' : 'TOOL_FAILED: no such city',
      isError: index === 1,
    }));
    const second = await trial.ask(provider, false, { items: [...items, ...first.response.items, ...results], tools });
    assert.equal(textOf(second.response.items), TEXT);
    const sent = server.requests[1]?.rawBody ?? '';
    for (const part of ['call_a', 'call_b', 'temperatureC', 'no such city']) {
      assert.ok(sent.includes(part), `the second request does not hold ${JSON.stringify(part)}`);
    }
    server.assertDone();
  });
}

async function tellsTools(trial: ModelTrial): Promise<void> {
  const choices = ['auto', 'none', 'required', { tool: WEATHER_TOOL.name }] as const;
  await trial.with({ script: () => ({ text: TEXT }) }, async (provider, server) => {
    for (const toolChoice of choices) {
      const settings = { temperature: 0.5, topP: 0.9, maxOutputTokens: 400, parallelToolCalls: true };
      await trial.ask(provider, false, { tools: [WEATHER_TOOL], toolChoice, settings });
      const sent = server.requests.at(-1)?.rawBody ?? '';
      for (const part of [WEATHER_TOOL.name, WEATHER_TOOL.description, '"days"', '400']) {
        assert.ok(sent.includes(part), `the request does not hold ${JSON.stringify(part)}`);
      }
    }
    const forced = server.requests.filter(({ rawBody }) => /"tool_choice":(?!"auto")/.test(rawBody));
    assert.equal(forced.length, 3, 'a toolChoice other than "auto" was not told');
    server.assertDone();
  });
}

async function tellsFinish(trial: ModelTrial): Promise<void> {
  const cases: readonly (readonly [ScriptedAnswer, string])[] = [
    [{ text: 'Half an', finish: 'length' }, 'length'],
    [{ text: 'Half an', finish: 'filtered' }, 'filtered'],
    [{ refusal: 'I will not do that.' }, 'refused'],
  ];
  for (const [answer, finish] of cases) {
    await trial.with({ script: () => answer }, async (provider) => {
      for (const isStream of BOTH_WAYS) {
        const { response } = await trial.ask(provider, isStream);
        assert.equal(response.finish, finish, `${finish} became ${response.finish}${isStream ? ' in a stream' : ''}`);
        if (answer.refusal === undefined) continue;
        const refusals = response.items.map((item) => (item.type === 'message' ? item.refusal : undefined));
        assert.ok(refusals.includes(answer.refusal), 'the words of the refusal are lost');
      }
    });
  }
}

async function bearsVariations(trial: ModelTrial): Promise<void> {
  const variations: readonly WireVariation[] = [
    { lineEnd: 'crlf' },
    { comments: true },
    { tightData: true },
    { omitDone: true },
    { omitUsage: true },
    { changingIds: true },
    { wholeToolCalls: true },
    { stopForToolCalls: true },
    { splitBytes: 1 },
    { splitBytes: 7, lineEnd: 'crlf', comments: true },
  ];
  for (const wire of variations) {
    await trial.with({ script: () => ({ text: TEXT, toolCalls: CALLS, wire }) }, async (provider) => {
      for (const isStream of BOTH_WAYS) {
        const { response } = await trial.ask(provider, isStream, { tools: [WEATHER_TOOL] });
        const seen = [textOf(response.items), ...callsOf(response.items).map((call) => call.callId)];
        assert.deepEqual(seen, [TEXT, 'call_a', 'call_b'], `with ${JSON.stringify(wire)}`);
        assert.equal(response.finish, 'tool_calls', `with ${JSON.stringify(wire)}`);
      }
    });
  }
}
