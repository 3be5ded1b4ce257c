import type { ModelToolSpec } from '@master-orchestrator/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bodyJson, toolListConverter } from '../src/wire/body-json.js';

const specs: readonly ModelToolSpec[] = [
  { name: 'add', description: 'Adds "numbers".', parameters: { type: 'object' }, isStrict: true },
];

it('writes a body with a kept list of tools as JSON.stringify would', () => {
  const convert = toolListConverter(({ name, description }, strict) => ({ name, description, strict }));
  const tools = convert(specs, true);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (rest) => {
      const body = { model: 'm', ...rest, absent: undefined, tools };
      expect(JSON.parse(bodyJson(body))).toEqual(JSON.parse(JSON.stringify(body)));
    }),
  );
});

it('converts a list once for each kind of server', () => {
  let conversions = 0;
  const convert = toolListConverter((_tool, strict) => ({ strict, conversion: ++conversions }));
  expect(convert(specs, true)).toBe(convert(specs, true));
  expect(convert(specs, false)).not.toBe(convert(specs, true));
  expect(conversions).toBe(2);
});
