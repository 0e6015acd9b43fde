import fc from 'fast-check';
import { rawMember } from '../../../src/lib/contracts/raw-json.ts';

test.each([
  ['{"a":35.790}', '35.790'],
  ['{ "a" : 2103807459595387724 , "b":1}', '2103807459595387724'],
  ['{"b":"\\"a\\":1","a":"x\\\\"}', '"x\\\\"'],
  ['{"b":{"a":1},"a":{"c":[{"d":"}"}]}}', '{"c":[{"d":"}"}]}'],
  ['{"a":1,"a":2}', '2'],
  ['{"\\u0061":3,"b":"a"}', '3'],
  ['{"a":1,"\\u0061":4}', '4'],
  ['{"b":"a","a":[]}', '[]'],
  ['\n{"a"\t:\r\ntrue\n}', 'true'],
])('the raw text of a in %s is %s', (text, expected) => {
  expect(rawMember(text, 'a')).toBe(expected);
});

test('the raw text of any member of any JSON object parses to the value JSON.parse gives', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', '"', '\\', 'a"', '__proto__'), value), value, fc.boolean(), fc.constantFrom(0, 1, '\t'), (others, own, escaped, indent) => {
      const json = JSON.stringify({ ...others, a: own }, null, indent);
      const text = escaped ? json.replace('"a":', '"\\u0061":') : json;
      expect(JSON.parse(rawMember(text, 'a') ?? 'nothing')).toStrictEqual((JSON.parse(text) as { a: unknown }).a);
    }),
    { numRuns: 500 },
  );
});
