import { parseLossless, stringifyLossless } from '../../../localcloud/athena/iceberg/lossless-json.ts';

describe('JSON with integers of 64 bits', () => {
  test('a 63-bit snapshot id keeps all its digits both ways', () => {
    const json = '{"current-snapshot-id":5989463810640358933,"snapshots":[{"snapshot-id":9223372036854775807,"parent-snapshot-id":-9223372036854775808}]}';
    expect(parseLossless(json)).toEqual({
      'current-snapshot-id': 5989463810640358933n,
      snapshots: [{ 'snapshot-id': 9223372036854775807n, 'parent-snapshot-id': -9223372036854775808n }],
    });
    expect(stringifyLossless(parseLossless(json))).toBe(json);
  });

  test('integers are numbers up to 2^53 - 1 and bigint from there on', () => {
    expect(parseLossless('[9007199254740991,9007199254740992,-9007199254740991,-9007199254740992]')).toEqual([9007199254740991, 9007199254740992n, -9007199254740991, -9007199254740992n]);
  });

  test('digits inside strings and keys, fractions and exponents are left alone', () => {
    const json = '{"12345678901234567890":"12345678901234567890","quoted":"a \\"12345678901234567890\\" b\\\\","fraction":0.12345678901234567890,"whole":12345678901234567890.5,"exponent":12345678901234567890e2}';
    expect(parseLossless(json)).toEqual(JSON.parse(json));
  });

  test('what is not JSON is refused', () => {
    expect(() => parseLossless('{"a":12345678901234567890')).toThrow(SyntaxError);
  });
});
