import fc from 'fast-check';
import { latestFor, readTimestamp, timestampOf } from '../../../src/lib/contracts/timestamp.ts';

describe('readTimestamp', () => {
  test.each([
    ['2025-11-07T19:46:52.832132', '2025-11-07 19:46:52.832132'],
    ['2025-11-07 19:46:52', '2025-11-07 19:46:52.000000'],
    ['2019-10-01 00:00:00 UTC', '2019-10-01 00:00:00.000000'],
    ['2025-11-09T15:55:40.669190Z', '2025-11-09 15:55:40.669190'],
    ['2025-11-09T15:55:40.5Z', '2025-11-09 15:55:40.500000'],
    ['2025-11-09T15:55:40.123456789', '2025-11-09 15:55:40.123456'],
    ['2025-01-01T00:30:00.000001+01:00', '2024-12-31 23:30:00.000001'],
    ['2025-12-31T23:30:00-0130', '2026-01-01 01:00:00.000000'],
    ['2024-02-29 12:00:00', '2024-02-29 12:00:00.000000'],
    ['2000-02-29 12:00:00', '2000-02-29 12:00:00.000000'],
  ])('%s is %s', (text, expected) => {
    expect(readTimestamp(text)).toBe(expected);
  });

  test.each([
    '', '2025-11-07', '2025-11-07T19:46', '2025-11-07t19:46:52', '2025-11-07T19:46:52z', '2025-11-07  19:46:52', '25-11-07T19:46:52', ' 2025-11-07T19:46:52', '2025-11-07T19:46:52 ',
    '2025-13-01T00:00:00', '2025-00-10T00:00:00', '2025-04-31T00:00:00', '2025-02-29T00:00:00', '1900-02-29T00:00:00', '2025-01-00T00:00:00', '2025-01-01T24:00:00', '2025-01-01T23:60:00',
    '2025-01-01T23:59:60', '2025-01-01T00:00:00.', '2025-01-01T00:00:00.1234567890', '2025-01-01T00:00:00 Z', '2025-01-01T00:00:00UTC', '2025-01-01T00:00:00+1', '2025-01-01T00:00:00+24:00',
    '2025-01-01T00:00:00+01:60', '9999-12-31T23:59:59-01:00', '1762544812',
  ])('%j is no time', (text) => {
    expect(readTimestamp(text)).toBeUndefined();
  });

  test('agrees with Date on every instant to the millisecond, in any offset', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1970-01-02'), max: new Date('9998-12-31'), noInvalidDate: true }), fc.integer({ min: -1_439, max: 1_439 }), (instant, minutes) => {
        const local = new Date(instant.getTime() + minutes * 60_000).toISOString().slice(0, 23);
        const zone = `${minutes < 0 ? '-' : '+'}${String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
        expect(readTimestamp(local + zone)).toBe(timestampOf(instant.getTime()));
      }),
    );
  });
});

test('the latest time is 24 hours after the arrival, with its microseconds', () => {
  expect(latestFor('2024-02-28 10:00:00.123456')).toBe('2024-02-29 10:00:00.123456');
});
