/**
 * Records of the event stream that a producer could send, by accident or by design, and what DATA.md 1.5 says must become of
 * each. A valid one says so by an empty list of broken fields.
 */
export interface RecordCase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Broken fields in the contract's order; `payload` where the record is broken as a whole. */
  readonly broken: readonly string[];
  /** Columns worth saying, as bronze has them. */
  readonly columns?: Readonly<Record<string, string | null>>;
}

/** Members as raw JSON text; undefined takes one away. */
type RawMembers = Readonly<Record<string, string | undefined>>;

const objectOf = (members: RawMembers): string => `{${Object.entries(members).flatMap(([key, raw]) => (raw === undefined ? [] : [`${JSON.stringify(key)}:${raw}`])).join(',')}}`;

/** Every case has keys of its own, so that all of them can be in one lake. */
const idOf = (name: string): string => `fuzz ${name}`;

const appText = (name: string, changes: RawMembers = {}): string =>
  objectOf({
    event_id: JSON.stringify(idOf(name)), session_id: '"S-fuzz"', user_id: '"U-fuzz"', event_type: '"click"', event_timestamp: '"2025-11-07T19:46:52.832132"',
    event_details: '{"element_id":"buy"}', ...changes,
  });

const shopText = (name: string, changes: RawMembers = {}): string =>
  objectOf({
    event_time: '"2019-10-01 00:00:00 UTC"', event_type: '"view"', product_id: '"44600062"', category_id: '"2103807459595387724"', category_code: '""', brand: '"shiseido"',
    price: '"35.79"', user_id: '"541312140"', user_session: JSON.stringify(idOf(name)), ...changes,
  });

type Columns = RecordCase['columns'];
const recordCase = (name: string, bytes: string | Uint8Array, broken: readonly string[], columns?: Columns): RecordCase => ({ name, bytes: Buffer.from(bytes), broken, ...(columns ? { columns } : {}) });
const app = (name: string, changes: RawMembers, broken: readonly string[] = [], columns?: Columns): RecordCase => recordCase(name, appText(name, changes), broken, columns);
const shop = (name: string, changes: RawMembers, broken: readonly string[] = [], columns?: Columns): RecordCase => recordCase(name, shopText(name, changes), broken, columns);
/** Broken as a whole. */
const unreadable = (name: string, bytes: string | Uint8Array): RecordCase => recordCase(name, bytes, ['payload']);

const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

const neither: readonly RecordCase[] = [
  unreadable('nothing', ''),
  unreadable('a space', ' '),
  unreadable('a NUL byte', '\0'),
  unreadable('NUL bytes behind a record', `${appText('NULs behind')}\0\0`),
  unreadable('a NUL byte within a text', appText('NUL within').replace('buy', 'b\0y')),
  unreadable('a line feed within a text', appText('line feed within').replace('buy', 'b\ny')),
  unreadable('a byte order mark', `\ufeff${appText('byte order mark')}`),
  unreadable('UTF-16 with a byte order mark', utf16(appText('UTF-16'))),
  unreadable('UTF-16, big end first', utf16(appText('UTF-16 BE'), true)),
  unreadable('Latin-1', Buffer.from(appText('Latin-1').replace('buy', 'achät'), 'latin1')),
  unreadable('UTF-8 written overlong', Buffer.concat([Buffer.from('{"event_id":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])),
  unreadable('a surrogate in UTF-8', Buffer.concat([Buffer.from('{"event_id":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])),
  unreadable('UTF-8 cut within a letter', Buffer.from(appText('cut letter').replace('buy', 'ü')).subarray(0, -4)),
  unreadable('gzip', Buffer.from('1f8b0800000000000003', 'hex')),
  unreadable('a record cut short', appText('cut short').slice(0, -20)),
  unreadable('two records in one', `${appText('two in one')}\n${appText('two in one')}`),
  unreadable('a list', `[${appText('list')}]`),
  unreadable('null', 'null'),
  unreadable('a number', '1e309'),
  unreadable('a text', JSON.stringify(appText('text'))),
  unreadable('a line of CSV', '2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde'),
  unreadable('single quotes', appText('single quotes').replaceAll('"', "'")),
  unreadable('a comma too many', appText('comma').replace(/\}$/, ',}')),
  unreadable('NaN', appText('NaN', { x: 'NaN' })),
  unreadable('a number with zeros before it', appText('zeros', { x: '00012' })),
  unreadable('a comment', `/* now */${appText('comment')}`),
  unreadable('100,000 brackets, none closed', '['.repeat(100_000)),
];

const appEvents: readonly RecordCase[] = [
  app('as it should be', {}),
  recordCase('blanks around it', ` \t\r\n${appText('blanks around it')}\r\n`, []),
  recordCase('an empty object', '{}', ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp']),
  recordCase('other objects', '{"a":{"event_id":"nested"}}', ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp']),
  app('no details', { event_details: undefined }, [], { event_details: null }),
  app('null details', { event_details: 'null' }, [], { event_details: null }),
  app('details as a text', { event_details: '"{}"' }, ['event_details']),
  app('details as a list', { event_details: '[]' }, ['event_details']),
  app('details with a layout of their own', { event_details: '{ "price" : 35.790, "n":1e309 ,\n"z":-0,"s":"\\u00e4\\ud800" }' }, [], { event_details: '{ "price" : 35.790, "n":1e309 ,\n"z":-0,"s":"\\u00e4\\ud800" }' }),
  app('details 100,000 levels deep', { event_details: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` }),
  app('details with 20,000 keys', { event_details: `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":${index}`).join(',')}}` }),
  app('an empty id', { event_id: '""' }, ['event_id']),
  app('a null id', { event_id: 'null' }, ['event_id']),
  app('a number as id', { event_id: '17' }, ['event_id']),
  app('a blank id', { event_id: '" "' }, [], { event_id: ' ' }),
  app('an id with quotes, commas and line ends', { event_id: '"fuzz \\"a\\", \'b\'\\r\\nc\\\\"' }, [], { event_id: 'fuzz "a", \'b\'\r\nc\\' }),
  app('an id that looks like SQL', { event_id: '"fuzz\'; DROP TABLE silver.events; --"' }),
  app('an id of 1,024 letters', { event_id: JSON.stringify('i'.repeat(1_024)) }),
  app('an id of 1,025 letters', { event_id: JSON.stringify('i'.repeat(1_025)) }, ['event_id']),
  app('an id of 1,024 letters of two halves', { event_id: JSON.stringify('𝒾'.repeat(1_024)) }),
  app('an id with an escaped NUL', { event_id: '"fuzz\\u0000"' }, ['event_id']),
  app('an id with half a letter', { event_id: '"fuzz \\ud83d"' }, ['event_id']),
  app('an id with the other half of a letter', { event_id: '"fuzz \\ude00\\ud83d"' }, ['event_id']),
  app('an id with a letter in two escapes', { event_id: '"fuzz \\ud83d\\ude00"' }, [], { event_id: 'fuzz 😀' }),
  app('an id that composes, and one that is composed', { event_id: '"fuzz e\\u0301"' }, [], { event_id: 'fuzz e\u0301' }),
  app('an id written right to left', { event_id: '"fuzz \u202eabc"' }),
  app('a type nobody knows', { event_type: '"veiw"' }, ['event_type']),
  app('a type in capitals', { event_type: '"CLICK"' }, ['event_type']),
  app('a type of the shop', { event_type: '"cart"' }, ['event_type']),
  app('a type every object has', { event_type: '"constructor"' }, ['event_type']),
  app('a very long type', { event_type: JSON.stringify('𝒾'.repeat(100_000)) }, ['event_type']),
  app('everything wrong', { event_id: '1', session_id: '[]', user_id: '{}', event_type: 'true', event_timestamp: '1', event_details: '1' },
    ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp', 'event_details']),
  app('a key that is every object\'s parent', { session_id: undefined, ['__proto__']: '{"session_id":"S"}' }, ['session_id']),
  recordCase('__proto__ behind everything', appText('__proto__ behind everything').replace(/\}$/, ',"__proto__":{"event_type":"veiw"}}'), []),
  app('names every object has', { constructor: '1', toString: '2', hasOwnProperty: '3', valueOf: 'null' }),
  app('unknown names with NUL, half a letter and 300 letters', { '\0': '1', '\ud800': '2', ['n'.repeat(300)]: '3', '': '4' }),
  app('an unknown name cut within a letter', { [`${'n'.repeat(127)}😀`]: '1' }),
  app('100 unknown names', Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`unknown${index}`, '1']))),
  recordCase('a key twice: the last counts', appText('a key twice').replace(/\}$/, ',"event_type":"scroll","event_details":{"second":true}}'), [], { event_type: 'scroll', event_details: '{"second":true}' }),
  recordCase('a key twice, the last broken', appText('a key twice, broken').replace(/\}$/, ',"event_type":null}'), ['event_type']),
  recordCase('a key written in escapes', appText('a key written in escapes').replace('"event_details"', '"event\\u005fdetails"'), [], { event_details: '{"element_id":"buy"}' }),
  recordCase('a key in escapes behind its plain self', appText('escapes behind').replace(/\}$/, ',"\\u0065vent_details":{"n":2}}'), [], { event_details: '{"n":2}' }),
  recordCase('the name of a key as a value before it', appText('value named as key', { first: '"\\"event_details"' }), [], { event_details: '{"element_id":"buy"}' }),
];

const appTimes: readonly RecordCase[] = (
  [
    ['2025-11-07T19:46:52', '2025-11-07 19:46:52.000000'],
    ['2025-11-07 19:46:52.8', '2025-11-07 19:46:52.800000'],
    ['2025-11-07T19:46:52.123456789Z', '2025-11-07 19:46:52.123456'],
    ['2025-11-07T19:46:52.9999999 UTC', '2025-11-07 19:46:52.999999'],
    ['2025-11-07T19:46:52+05:30', '2025-11-07 14:16:52.000000'],
    ['2025-11-07T19:46:52-0800', '2025-11-08 03:46:52.000000'],
    ['2024-02-29T00:00:00Z', '2024-02-29 00:00:00.000000'],
    ['2000-01-01T00:00:00', '2000-01-01 00:00:00.000000'],
    ['1999-12-31T23:59:59-00:01', '2000-01-01 00:00:59.000000'],
    ['2000-01-01T00:00:00+00:01', null],
    ['1999-12-31T23:59:59.999999', null],
    ['1970-01-01T00:00:00Z', null],
    ['0000-00-00 00:00:00', null],
    ['0001-01-01T00:00:00+23:59', null],
    ['9999-12-31T23:59:59.999999Z', null],
    ['9999-12-31T23:59:59-23:59', null],
    ['10000-01-01T00:00:00Z', null],
    ['+02025-11-07T19:46:52Z', null],
    ['-2025-11-07T19:46:52', null],
    ['2025-02-30T00:00:00', null],
    ['2025-02-29T00:00:00', null],
    ['1900-02-29T00:00:00', null],
    ['2025-13-01T00:00:00', null],
    ['2025-00-01T00:00:00', null],
    ['2025-11-00T00:00:00', null],
    ['2025-11-31T00:00:00', null],
    ['2025-11-07T24:00:00', null],
    ['2025-11-07T23:59:60', null],
    ['2025-11-07T23:60:00', null],
    ['2025-11-07T19:46:52+99:99', null],
    ['2025-11-07T19:46:52+24:00', null],
    ['2025-11-07T19:46:52+00:60', null],
    ['2025-11-07T19:46:52+5', null],
    ['2025-11-07T19:46:52z', null],
    ['2025-11-07t19:46:52', null],
    ['2025-11-07T19:46:52 Z', null],
    ['2025-11-07T19:46:52UTC', null],
    ['2025-11-07T19:46:52 GMT', null],
    ['2025-11-07T19:46:52.', null],
    ['2025-11-07T19:46:52.1234567890', null],
    ['2025-11-07T19:46:52,5', null],
    [' 2025-11-07T19:46:52', null],
    ['2025-11-07T19:46:52\n', null],
    ['2025-11-07T19:46', null],
    ['2025-11-07', null],
    ['2025-11-7T19:46:52', null],
    ['٢٠٢٥-11-07T19:46:52', null],
    ['1762544812', null],
    ['infinity', null],
    ['now', null],
  ] as const
).map(([text, read]) => app(`time ${JSON.stringify(text)}`, { event_timestamp: JSON.stringify(text) }, read === null ? ['event_timestamp'] : [], { event_timestamp: read }));

const shopEvents: readonly RecordCase[] = [
  shop('shop event', {}, [], { brand: 'shiseido', category_code: 'unknown', price: '35.79', event_details: null }),
  shop('shop event of numbers', { product_id: '44600062', category_id: '2103807459595387724', price: '35.790', user_id: '541312140' }, [],
    { product_id: '44600062', category_id: '2103807459595387724', price: '35.79', user_id: '541312140' }),
  shop('shop event whose session is a number', { user_session: '90071992547409931' }, [], { session_id: '90071992547409931' }),
  shop('shop event whose product is 1e5', { product_id: '1e5' }, ['product_id']),
  shop('shop event without what is optional', { category_id: undefined, category_code: undefined, brand: undefined }, [], { category_id: null, category_code: 'unknown', brand: 'unknown' }),
  shop('shop event of nulls', { category_id: 'null', category_code: 'null', brand: 'null' }, [], { category_id: null, category_code: 'unknown', brand: 'unknown' }),
  shop('shop event with an empty session', { user_session: '""' }, ['user_session'], { event_id: null }),
  shop('shop event without a session', { user_session: undefined }, ['event_id', 'session_id', 'event_type', 'event_timestamp']),
  shop('shop event with a number as brand', { brand: '5' }, ['brand'], { brand: null }),
  shop('shop event with a type of the app', { event_type: '"click"' }, ['event_type'], { event_id: null }),
  shop('shop event that is also an app event', { event_id: '"E"', event_timestamp: '"2025-11-07T19:46:52"', event_details: '{}' }),
  recordCase('shop event with its keys in escapes', shopText('shop keys in escapes', { product_id: '44600062' }).replace('"event_time"', '"event\\u005ftime"').replace('"product_id"', '"product\\u005fid"'), [], { product_id: '44600062' }),
];

const prices: readonly RecordCase[] = (
  [
    ['"0.01"', '0.01'],
    ['"0.005"', '0.01'],
    ['"0.00499999999"', null],
    ['"1.005"', '1.01'],
    ['"00012"', '12.00'],
    ['"12.3"', '12.30'],
    ['"99999999.99"', '99999999.99'],
    ['"99999999.994999"', '99999999.99'],
    ['"99999999.995"', null],
    ['"100000000"', null],
    ['"0"', null],
    ['"-0"', null],
    ['"-0.01"', null],
    ['0', null],
    ['-0', null],
    ['-0.0', null],
    ['0.1e-7', null],
    ['1e2', null],
    ['1e309', null],
    ['-1e309', null],
    ['"1e309"', null],
    ['123456789012345678901234567890', null],
    [`"${'9'.repeat(100_000)}"`, null],
    [`"${'0'.repeat(100_000)}7.${'0'.repeat(100_000)}"`, '7.00'],
    [`0.${'9'.repeat(100_000)}`, '1.00'],
    ['"1,5"', null],
    ['"1.5 "', null],
    ['"+1.5"', null],
    ['".5"', null],
    ['"5."', null],
    ['"0x10"', null],
    ['"١٢"', null],
    ['"NaN"', null],
    ['"Infinity"', null],
    ['""', null],
    ['null', null],
    ['true', null],
    ['[1]', null],
    ['{"n":1}', null],
  ] as const
).map(([raw, price]) => shop(`price ${raw.slice(0, 24)} of ${raw.length} letters`, { price: raw }, price === null ? ['price'] : [], { price }));

/** Around what a Kinesis record holds, 1 MiB with its partition key, and what Firehose delivers, 1000 KiB. */
const large: readonly RecordCase[] = [
  ...[500_000, 1_000 * 1_024 - 1_500, 1_000 * 1_024, 1_048_000].map((bytes) => {
    const name = `a record of ${bytes} bytes`;
    const padding = bytes - Buffer.byteLength(appText(name, { event_details: '{"text":""}' }));
    return app(name, { event_details: `{"text":"${'x'.repeat(padding)}"}` });
  }),
  app('a large record of letters outside ASCII', { event_details: `{"text":"${'ä'.repeat(500_000)}"}` }),
  app('a large record of backslashes', { event_details: `{"text":"${'\\\\'.repeat(500_000)}"}` }),
  app('a large record of quotes', { event_details: `{"text":"${'\\"'.repeat(500_000)}"}` }),
  unreadable('a megabyte of no text', Buffer.alloc(1_000_000, 0xff)),
  unreadable('a megabyte of NUL bytes', Buffer.alloc(1_000_000)),
  app('a megabyte of keys', Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`unknown${index}`, '1']))),
];

export const recordCases: readonly RecordCase[] = [...neither, ...appEvents, ...appTimes, ...shopEvents, ...prices, ...large];

/** Larger than any stream takes; only who calls the function itself can send them. */
export const oversizeCases: readonly RecordCase[] = [
  ...[1_048_576, 1_048_577].map((bytes) => {
    const name = `a payload of ${bytes} bytes`;
    const padding = bytes - Buffer.byteLength(appText(name, { event_details: '{"text":""}' }));
    return app(name, { event_details: `{"text":"${'x'.repeat(padding)}"}` }, bytes > 1_048_576 ? ['payload'] : []);
  }),
  unreadable('2 MB of no text', Buffer.alloc(2_000_000, 0xff)),
];
