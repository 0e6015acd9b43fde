import fc from 'fast-check';
import { readDecimal, textOfCents } from '../../../src/lib/contracts/decimal.ts';

const rounded = (text: string): string | undefined => {
  const decimal = readDecimal(text);
  return decimal && textOfCents(decimal.cents);
};

test.each([
  ['35.79', '35.79'], ['35.785', '35.79'], ['35.784999999999999999', '35.78'], ['1.005', '1.01'], ['0.005', '0.01'], ['0.0049', '0.00'],
  ['9.999', '10.00'], ['007', '7.00'], ['5', '5.00'], ['0.1', '0.10'], ['99999999.99', '99999999.99'], ['99999999.995', '100000000.00'],
])('%s rounds half up to %s', (text, expected) => {
  expect(rounded(text)).toBe(expected);
});

test.each(['', '1e3', '+1', '1.', '.5', '1,5', ' 1', '1 ', '0x1', 'NaN', 'Infinity', '--1', '١', '1.2.3', '-'])('%j is no number', (text) => {
  expect(readDecimal(text)).toBeUndefined();
});

test('a number of a thousand digits is only very large', () => {
  expect(readDecimal('9'.repeat(1_000))?.cents).toBe(Infinity);
  expect(readDecimal(`-${'9'.repeat(1_000)}`)?.cents).toBe(-Infinity);
  expect(readDecimal(`${'0'.repeat(1_000)}1`)?.cents).toBe(100);
});

test('cents agree with integer arithmetic for any number of decimals', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.integer({ min: 3, max: 9 }), (digits, scale) => {
      const text = digits.toString().padStart(scale + 1, '0');
      const written = `${text.slice(0, -scale)}.${text.slice(-scale)}`;
      const unit = 10n ** BigInt(scale - 2);
      expect(readDecimal(written)?.cents).toBe(Number((digits + unit / 2n) / unit));
    }),
  );
});
