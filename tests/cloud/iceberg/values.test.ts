import { parseTransform, murmur3, longBytes, partitionText, transformValue, valueText } from '../../../localcloud/athena/iceberg/transforms.ts';
import { boundOf, compareValues, decimalBytes, fromBinary, microsOf, parseValue, toBinary } from '../../../localcloud/athena/iceberg/values.ts';

const hex = (type: string, value: Parameters<typeof toBinary>[1]): string => toBinary(type, value).toString('hex');

describe('single values in binary (spec, appendix D)', () => {
  test.each([
    ['boolean', true, '01'],
    ['int', 34, '22000000'],
    ['long', -1n, 'ffffffffffffffff'],
    ['date', 1, '01000000'],
    ['timestamp', 1_000_000n, '40420f0000000000'],
    ['string', 'iceberg', '69636562657267'],
    ['decimal(10, 2)', 1420n, '058c'],
    ['decimal(10, 2)', -1n, 'ff'],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
    ['double', 1.5, '000000000000f83f'],
  ])('%s %s is %s and reads back', (type, value, expected) => {
    expect(hex(type, value)).toBe(expected);
    expect(fromBinary(type, Buffer.from(expected, 'hex'))).toEqual(value);
  });

  test('bounds written before a column was widened are read in the wider type', () => {
    expect(fromBinary('long', toBinary('int', -5))).toBe(-5n);
    expect(fromBinary('double', toBinary('float', 0.5))).toBe(0.5);
  });
});

describe('bounds of strings', () => {
  test('a lower bound is cut to 16 characters, an upper bound is cut and raised', () => {
    expect(boundOf('string', 'abcdefghijklmnopqrst', 'lower')?.toString()).toBe('abcdefghijklmnop');
    expect(boundOf('string', 'abcdefghijklmnopqrst', 'upper')?.toString()).toBe('abcdefghijklmnoq');
  });

  test('characters, not UTF-16 units or bytes, are counted, and no half character comes of it', () => {
    const emoji = '😀'.repeat(17);
    expect(boundOf('string', emoji, 'lower')?.toString()).toBe('😀'.repeat(16));
    expect(boundOf('string', emoji, 'upper')?.toString()).toBe('😀'.repeat(15) + '😁');
    expect(boundOf('string', '\ud7ff'.repeat(17), 'upper')?.toString()).toBe('\ud7ff'.repeat(15) + '\ue000');
  });

  test('where nothing greater can be written there is no upper bound', () => {
    expect(boundOf('string', '\u{10ffff}'.repeat(17), 'upper')).toBeUndefined();
    expect(boundOf('string', `a${'\u{10ffff}'.repeat(16)}`, 'upper')?.toString()).toBe('b');
  });

  test('strings are ordered by their UTF-8 bytes, as DuckDB orders them', () => {
    expect(compareValues('\uffee', '😀')).toBeLessThan(0); // UTF-16 would say otherwise
  });
});

describe('text of DuckDB to values', () => {
  test('times before 1970 and single digits of a fraction', () => {
    expect(microsOf('1969-12-31 23:59:59.9')).toBe(-100_000n);
    expect(parseValue('date', '1969-12-31')).toBe(-1);
    expect(parseValue('timestamptz', '2025-01-01 10:00:00.123456+00')).toBe(1_735_725_600_123_456n);
  });

  test('a decimal keeps its scale', () => {
    expect(parseValue('decimal(10, 2)', '-0.05')).toBe(-5n);
    expect(valueText('decimal(10, 2)', -5n)).toBe('-0.05');
  });

  test('what has no value here has no bound', () => {
    expect(parseValue('timestamp', 'infinity')).toBeUndefined();
    expect(parseValue('date', '0044-03-15 (BC)')).toBeUndefined();
  });
});

describe('partition transforms', () => {
  // https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements
  test.each([
    ['34 as long', longBytes(34n), 2017239379],
    ['2017-11-16 as days', longBytes(17486n), -653330422],
    ['2017-11-16T22:31:08', longBytes(1_510_871_468_000_000n), -2047944441],
    ['14.20 as decimal', decimalBytes(1420n), -500754589],
    ['iceberg', Buffer.from('iceberg'), 1210000089],
    ['uuid', Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex'), 1488055340],
    ['bytes 00 01 02 03', Buffer.from([0, 1, 2, 3]), -188683207],
  ])('murmur3 of %s is the spec’s', (_name, bytes, expected) => {
    expect(murmur3(bytes)).toBe(expected);
  });

  test.each([
    ['year', -1n, -1],
    ['month', -1n, -1],
    ['day', -1n, -1],
    ['hour', -1n, -1],
    ['month', 1_510_871_468_000_000n, 574],
    ['hour', 3_600_000_000n, 1],
  ])('%s of %s is %s: times before 1970 round down', (transform, micros, expected) => {
    expect(transformValue(parseTransform(transform), 'timestamp', micros)).toBe(expected);
  });

  test.each([
    ['truncate[10]', 'int', -1, -10],
    ['truncate[10]', 'long', 19n, 10n],
    ['truncate[50]', 'decimal(9, 2)', 1065n, 1050n],
    ['truncate[3]', 'string', 'iceberg', 'ice'],
  ])('%s of a %s', (transform, type, value, expected) => {
    expect(transformValue(parseTransform(transform), type, value)).toBe(expected);
  });

  test('folder names are the ones Iceberg writes', () => {
    expect(partitionText(parseTransform('day'), 'date', 20089)).toBe('2025-01-01');
    expect(partitionText(parseTransform('month'), 'int', -1)).toBe('1969-12');
    expect(partitionText(parseTransform('hour'), 'int', 25)).toBe('1970-01-02-01');
    expect(partitionText(parseTransform('identity'), 'string', null)).toBe('null');
  });
});
