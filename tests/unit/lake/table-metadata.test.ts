import { currentSnapshotOf, parseTableMetadata, printTableMetadata, rolledBack } from '../../../src/lib/lake/table-metadata.ts';

const METADATA = `{"format-version":2,"table-uuid":"0b5a","location":"s3://lake/silver/events","last-sequence-number":2,"last-updated-ms":1700000000000,
"current-snapshot-id":8744736658442914487,"refs":{"main":{"snapshot-id":8744736658442914487,"type":"branch"},"audit":{"snapshot-id":3,"type":"tag"}},
"snapshots":[{"snapshot-id":1234567890123456789,"timestamp-ms":1690000000000},{"snapshot-id":8744736658442914487,"timestamp-ms":1700000000000}],
"snapshot-log":[{"timestamp-ms":1690000000000,"snapshot-id":1234567890123456789},{"timestamp-ms":1700000000000,"snapshot-id":8744736658442914487}],"metadata-log":[]}`;
const LOCATION = 's3://lake/silver/events/metadata/00002-x.metadata.json';

describe('table metadata', () => {
  test('63-bit snapshot ids keep every digit through reading and printing', () => {
    const metadata = parseTableMetadata(METADATA);
    expect(currentSnapshotOf(metadata)).toBe('8744736658442914487');
    expect(JSON.parse(printTableMetadata(metadata).replaceAll(/\b\d{19}\b/g, '"$&"'))).toEqual(JSON.parse(METADATA.replaceAll(/\b\d{19}\b/g, '"$&"')));
  });

  test('going back makes an older snapshot current and keeps every snapshot', () => {
    const text = printTableMetadata(rolledBack(parseTableMetadata(METADATA), LOCATION, '1234567890123456789'));
    expect(text).toContain('"current-snapshot-id":1234567890123456789');
    expect(text).toContain('"refs":{"audit":{"snapshot-id":3,"type":"tag"},"main":{"snapshot-id":1234567890123456789,"type":"branch"}}');
    const back = parseTableMetadata(text);
    expect(back.snapshots).toHaveLength(2);
    expect(back['snapshot-log']?.at(-1)).toEqual({ 'timestamp-ms': 1700000000000, 'snapshot-id': 1234567890123456789n });
    expect(back['metadata-log']).toEqual([{ 'timestamp-ms': 1700000000000, 'metadata-file': LOCATION }]);
  });

  test('going back to before the first snapshot makes the table empty', () => {
    const back = rolledBack(parseTableMetadata(METADATA), LOCATION, null);
    expect(currentSnapshotOf(back)).toBeNull();
    expect(back['snapshot-log']).toEqual([]);
    expect(back.refs).toEqual({ audit: { 'snapshot-id': 3, type: 'tag' } });
  });

  test.each([
    ['the last update', 1_700_000_000_000, 1_700_000_000_000],
    ['an entry of the log after it, as a clock that was ahead left it', 1_699_999_990_000, 1_700_000_000_000],
  ])('its time is that of %s: neither before what the metadata knows nor ahead of the next commit', (_, updated, expected) => {
    const back = rolledBack({ ...parseTableMetadata(METADATA), 'last-updated-ms': updated }, LOCATION, '1234567890123456789');
    expect([back['last-updated-ms'], back['snapshot-log']?.at(-1)?.['timestamp-ms']]).toEqual([expected, expected]);
  });

  test('a snapshot that was expired cannot be gone back to', () => {
    expect(() => rolledBack(parseTableMetadata(METADATA), LOCATION, '42')).toThrow(/42 is no longer in the table's metadata/);
  });
});
