import fc from 'fast-check';
import { checkPatch, patchCsv, patchJson, PatchError } from '../../../src/lib/quarantine/index.ts';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const isObject = (value: Json | undefined): value is { [name: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, section 2, word by word. */
const mergePatch = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
};

describe('a merge patch on a JSON record', () => {
  // Appendix A of the RFC, as far as both are objects.
  test.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (target, patch, expected) => expect(patchJson(target, patch)).toBe(expected));

  test.each([
    ['{ "id" : 2103807459595387724, "price" : 35.790 , "x":1 }', '{"x":null,"n":9007199254740993}', '{"id":2103807459595387724,"price":35.790,"n":9007199254740993}'],
    ['{"a":1,"b":2,"a":3}', '{"a":4}', '{"b":2,"a":4}'],
    ['{"\\u0061":1,"t":"\\u00e9"}', '{"a":2}', '{"\\u0061":2,"t":"\\u00e9"}'],
    ['{"__proto__":1}', '{"constructor":"x"}', '{"__proto__":1,"constructor":"x"}'],
  ])('leaves the text of other members as it is: %s', (target, patch, expected) => expect(patchJson(target, patch)).toBe(expected));

  test('means what the RFC says, for any two objects', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '"', 'é'), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(object, object, (target, patch) => {
        expect(JSON.parse(patchJson(JSON.stringify(target), JSON.stringify(patch)))).toEqual(JSON.parse(JSON.stringify(mergePatch(target, patch))));
      }),
    );
  });

  test('on what is no object is an error that says so', () => {
    expect(() => patchJson('not json', '{"a":1}')).toThrow('the record is not JSON');
    expect(() => patchJson('[1]', '{"a":1}')).toThrow(new PatchError('the record is not a JSON object'));
  });
});

test.each([
  ['{"a":1', 'the patch is not JSON'],
  ['[{"op":"add","path":"/a","value":1}]', 'the patch is not a JSON object'],
  ['null', 'the patch is not a JSON object'],
  ['{}', 'the patch is empty'],
])('%s is no patch', (patch, message) => expect(() => checkPatch(patch)).toThrow(message));

describe('a patch on a row of a CSV', () => {
  const columns = ['id', 'name', 'amount'];

  test.each([
    ['1,a,x', '{"amount":"12.50"}', '1,a,12.50'],
    ['1,a,x', '{"amount":12.50}', '1,a,12.50'],
    ['1,"a, b",x', '{"amount":"1"}', '1,"a, b",1'],
    ['1,a,x', '{"name":"say \\"a, b\\""}', '1,"say ""a, b""",x'],
    ['1,a,x', '{"name":null}', '1,,x'],
    ['1,a', '{"id":"1","name":"a","amount":"2"}', '1,a,2'],
    [undefined, '{"id":"1","name":"a","amount":"2"}', '1,a,2'],
  ])('%s with %s is %s', (row, patch, expected) => expect(patchCsv(row, columns, patch)).toBe(expected));

  test.each([
    ['1,a,x', '{"amuont":"1"}', 'the file has no column amuont'],
    ['1,a', '{"amount":"1"}', 'which field belongs to which column cannot be told: the patch has to give every column'],
    ['1,a,x', '{"amount":{"value":1}}', "the patch's amount is neither text nor a number: a CSV field holds nothing else"],
    ['1,a,x', '{"amount":true}', "the patch's amount is neither text nor a number: a CSV field holds nothing else"],
  ])('%s with %s is refused', (row, patch, message) => expect(() => patchCsv(row, columns, patch)).toThrow(new PatchError(message)));
});
