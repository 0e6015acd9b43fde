import { gzipSync } from 'node:zlib';

/** Files of transactions as a partner could deliver them, and what DATA.md 1.3 and 1.5 say must become of each. */
export interface FileCase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Why nothing of the file can be used; or of each row its broken fields (`row`, `payload` where it is broken as a whole). */
  readonly expected: { readonly problem: string } | { readonly rows: readonly (readonly string[])[] };
}

/** One row below the usual header. */
export interface RowCase {
  readonly name: string;
  readonly row: Buffer;
  readonly broken: readonly string[];
}

export const HEADER = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';
const BYTE_ORDER_MARK = '\ufeff';

/** A valid row but for the fields given; ids of its own, so that all rows can be in one lake. */
const rowOf = (id: string, { session = 'S-fuzz', user = 'U-fuzz', amount = '10.50', currency = 'PEN', time = '2025-09-09 12:37:28' } = {}): string =>
  [id, session, user, amount, currency, time].join(',');

const rowCase = (name: string, row: string | Buffer, broken: readonly string[] = []): RowCase => ({ name, row: Buffer.from(row), broken });
const idOf = (name: string): string => `fuzz ${name}`;
const row = (name: string, changes: Parameters<typeof rowOf>[1], broken: readonly string[] = []): RowCase => rowCase(name, rowOf(idOf(name), changes), broken);

const AMOUNTS: readonly (readonly [string, boolean])[] = [
  ['0.01', true], ['99999999.99', true], ['00012', true], ['7', true], ['7.5', true], ['0.00', false], ['-0', false], ['-5.00', false], ['0.001', false], ['10.500', false],
  ['99999999.991', false], ['100000000', false], ['1e309', false], ['1e2', false], ['0.1e-7', false], ['NaN', false], ['Infinity', false], ['1.000.00', false], ['$5', false],
  ['5 ', false], ['+5', false], ['.5', false], ['5.', false], ['', false], [' ', false], ['0x1F', false], ['٣', false],
];
const TIMES: readonly (readonly [string, boolean])[] = [
  ['2025-09-09T12:37:28.123456Z', true], ['2025-09-09 12:37:28 UTC', true], ['2025-09-09 12:37:28-0500', true], ['2000-01-01 00:00:00', true],
  ['1999-12-31 23:59:59', false], ['2999-01-01 00:00:00', false], ['2025-02-30 00:00:00', false], ['2025-09-09 24:00:00', false], ['2025-09-09 12:37:60', false],
  ['09/09/2025 12:37', false], ['45909.52602', false], ['2025-09-09', false], ['', false], ['2025-09-09 12:37:28+99:99', false],
];
const CURRENCIES: readonly (readonly [string, boolean])[] = [['USD', true], ['usd', false], ['US', false], ['USDT', false], ['XYZ', false], ['toString', false], ['', false]];

export const rowCases: readonly RowCase[] = [
  ...AMOUNTS.map(([amount, good]) => row(`amount ${JSON.stringify(amount)}`, { amount }, good ? [] : ['amount'])),
  ...TIMES.map(([time, good]) => row(`time ${JSON.stringify(time)}`, { time }, good ? [] : ['transaction_timestamp'])),
  ...CURRENCIES.map(([currency, good]) => row(`currency ${JSON.stringify(currency)}`, { currency }, good ? [] : ['currency'])),
  rowCase('every field empty', ',,,,,', ['transaction_id', 'session_id', 'user_id', 'amount', 'currency', 'transaction_timestamp']),
  rowCase('one field', 'hello', ['row']),
  rowCase('a blank', ' ', ['row']),
  rowCase('a field too few', rowOf('fuzz too few').replace(',PEN', ''), ['row']),
  rowCase('a field too many', `${rowOf('fuzz too many')},`, ['row']),
  rowCase('a decimal comma', rowOf('fuzz decimal comma', { amount: '10,50' }), ['row']),
  rowCase('a decimal comma in quotes', rowOf('fuzz quoted decimal comma', { amount: '"10,50"' }), ['amount']),
  rowCase('all in quotes', '"fuzz all in quotes","S-fuzz","U-fuzz","10.50","PEN","2025-09-09 12:37:28"'),
  rowCase('quotes within quotes', rowOf('"fuzz ""quotes"" within"')),
  rowCase('a quote in the middle', rowOf('fuzz 5" pipe')),
  rowCase('a quoted field over lines', rowOf('"fuzz over\nlines\r\nand lines"')),
  rowCase('an empty line within quotes', rowOf('"fuzz empty\n\nline"')),
  rowCase('text after a closing quote', rowOf('"fuzz"after'), ['row']),
  rowCase('a quote that is not closed', rowOf('fuzz not closed', { time: '"2025-09-09 12:37:28' }), ['row']),
  rowCase('semicolons', rowOf('fuzz semicolons').replaceAll(',', ';'), ['row']),
  rowCase('tabs', rowOf('fuzz tabs').replaceAll(',', '\t'), ['row']),
  rowCase('blanks around fields', rowOf('fuzz blanks').replaceAll(',', ' , '), ['amount', 'currency', 'transaction_timestamp']),
  rowCase('the header once more', HEADER, ['amount', 'currency', 'transaction_timestamp']),
  rowCase('a byte order mark in the middle', `${BYTE_ORDER_MARK}${rowOf('fuzz mark in the middle')}`),
  rowCase('a NUL byte', rowOf('fuzz NUL\0'), ['transaction_id']),
  rowCase('NUL bytes only', '\0\0\0', ['row']),
  rowCase('a lone carriage return', rowOf('fuzz lone\rreturn')),
  rowCase('two carriage returns at the end', `${rowOf('fuzz two returns')}\r\r`, ['transaction_timestamp']),
  rowCase('Latin-1', Buffer.from(rowOf('fuzz señor'), 'latin1'), ['payload']),
  rowCase('UTF-8', rowOf('fuzz señor 😀')),
  rowCase('UTF-8 written overlong', Buffer.concat([Buffer.from([0xc0, 0xaf]), Buffer.from(rowOf('fuzz overlong'))]), ['payload']),
  rowCase('an id of 1,024 letters', rowOf('i'.repeat(1_024))),
  rowCase('an id of 1,025 letters', rowOf('i'.repeat(1_025)), ['transaction_id']),
  rowCase('a formula', rowOf('"=HYPERLINK(""http://example.com"",""fuzz"")"')),
  rowCase('a row of a megabyte', rowOf('fuzz a megabyte', { session: 's'.repeat(1_000_000) }), ['session_id']),
  rowCase('a row above 1 MB', rowOf('fuzz above 1 MB', { session: 's'.repeat(1_048_576) }), ['payload']),
  rowCase('a row above 1 MB that is no text', Buffer.alloc(1_100_000, 0xfe), ['payload']),
];

const fileCase = (name: string, bytes: string | Buffer, expected: FileCase['expected']): FileCase => ({ name, bytes: Buffer.from(bytes), expected });
const good = (count: number): FileCase['expected'] => ({ rows: Array.from({ length: count }, () => []) });
const broken = (problem: string): FileCase['expected'] => ({ problem });
const lines = (header: string, rows: readonly string[], end = '\n'): string => [header, ...rows].map((text) => `${text}${end}`).join('');

const allRows = (): Buffer => Buffer.concat([Buffer.from(`${HEADER}\n`), ...rowCases.flatMap(({ row: raw }) => [raw, Buffer.from('\n')])]);
/** A quote that nobody closes, and more lines behind it than a quote is looked for over. */
const unclosed = (count: number): string => lines(HEADER, ['"fuzz never closed', ...Array.from({ length: count }, (_, index) => rowOf(`fuzz behind ${count} ${index}`, { user: 'u'.repeat(1_000) }))]);
const utf16 = (text: string): Buffer => Buffer.from(`${BYTE_ORDER_MARK}${text}`, 'utf16le');

export const fileCases: readonly FileCase[] = [
  fileCase('every-row.csv', allRows(), { rows: rowCases.map((one) => one.broken) }),
  fileCase('empty.csv', '', broken('empty')),
  fileCase('line-ends.csv', '\r\n\n\r\n', broken('empty')),
  fileCase('only-header.csv', `${HEADER}\n`, good(0)),
  fileCase('only-header-without-end.csv', HEADER, good(0)),
  fileCase('byte-order-mark.csv', `${BYTE_ORDER_MARK}${lines(HEADER, [rowOf('fuzz mark')])}`, good(1)),
  fileCase('only-byte-order-mark.csv', BYTE_ORDER_MARK, broken('empty')),
  fileCase('crlf.csv', lines(HEADER, [rowOf('fuzz crlf 1'), rowOf('fuzz crlf 2')], '\r\n'), good(2)),
  fileCase('mixed-ends.csv', `${HEADER}\r\n${rowOf('fuzz mixed 1')}\n\r\n${rowOf('fuzz mixed 2')}\r\n\n\n${rowOf('fuzz mixed 3')}`, good(3)),
  fileCase('carriage-returns.csv', lines(HEADER, [rowOf('fuzz returns')], '\r'), broken('missing column transaction_timestamp')),
  fileCase('no-final-line-end.csv', `${HEADER}\n${rowOf('fuzz no end')}`, good(1)),
  fileCase('quoted-to-the-end.csv', `${HEADER}\n"fuzz quoted\nto the end","S","U","1.00","USD","2025-09-09 12:37:28"`, good(1)),
  fileCase('quoted-header.csv', lines(HEADER.split(',').map((name) => `"${name}"`).join(','), [rowOf('fuzz quoted header')]), good(1)),
  fileCase('other-order.csv', lines('currency,amount,transaction_timestamp,user_id,session_id,transaction_id', ['PEN,10.50,2025-09-09 12:37:28,U,S,fuzz other order']), good(1)),
  fileCase('more-columns.csv', lines(`${HEADER},note,,__proto__,constructor`, [`${rowOf('fuzz more')},a,b,c,d`, rowOf('fuzz more, fewer')]), { rows: [[], ['row']] }),
  fileCase('column-missing.csv', lines(HEADER.replace(',currency', ''), ['T,S,U,1.00,2025-09-09 12:37:28']), broken('missing column currency')),
  fileCase('column-twice.csv', lines(`${HEADER},amount`, [`${rowOf('fuzz twice')},1.00`]), broken('column "amount" stands twice')),
  fileCase('header-in-capitals.csv', lines(HEADER.toUpperCase(), [rowOf('fuzz capitals')]), broken('not CSV with the columns of transactions')),
  fileCase('header-with-blanks.csv', lines(HEADER.replaceAll(',', ', '), [rowOf('fuzz header blanks')]), broken('missing column session_id, user_id, amount, currency, transaction_timestamp')),
  fileCase('no-header.csv', lines(rowOf('fuzz no header'), []), broken('not CSV with the columns of transactions')),
  fileCase('semicolons.csv', lines(HEADER, [rowOf('fuzz semicolons')]).replaceAll(',', ';'), broken('not CSV with the columns of transactions')),
  fileCase('wide-header.csv', lines(`${HEADER}${',x'.repeat(40_000)}`, []), broken('header: longer than 65536 bytes')),
  fileCase('header-not-closed.csv', lines(`"${HEADER}`, [rowOf('fuzz header quote')]), broken('header: quote not closed')),
  fileCase('gzip-named.csv', gzipSync(lines(HEADER, [rowOf('fuzz gzip')])), good(1)),
  fileCase('two-gzips.csv.gz', Buffer.concat([gzipSync(lines(HEADER, [rowOf('fuzz gzips 1')])), gzipSync(`${rowOf('fuzz gzips 2')}\n`)]), good(2)),
  fileCase('gzip-cut.csv.gz', gzipSync(lines(HEADER, [rowOf('fuzz gzip cut')])).subarray(0, -9), broken('truncated or damaged gzip (unexpected end of file)')),
  fileCase('no-gzip.csv.gz', lines(HEADER, [rowOf('fuzz no gzip')]), good(1)),
  fileCase('utf-16.csv', utf16(lines(HEADER, [rowOf('fuzz utf-16')])), broken('not CSV')),
  fileCase('utf-16-without-mark.csv', utf16(lines(HEADER, [rowOf('fuzz utf-16 bare')])).subarray(2), broken('not CSV')),
  fileCase('zip.csv', Buffer.from('504b030414000000080000', 'hex'), broken('not CSV')),
  fileCase('page.csv', '<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n', broken('not CSV with the columns of transactions')),
  fileCase('json.csv', '[{"transaction_id":"T"}]', broken('not CSV with the columns of transactions')),
  fileCase('quote-not-closed.csv', unclosed(3), { rows: [['row'], [], [], []] }),
  fileCase('quote-not-closed-at-the-end.csv', `${lines(HEADER, [rowOf('fuzz before the quote')])}"fuzz\nto the end`, { rows: [[], ['row'], ['row']] }),
  fileCase('quote-not-closed-for-a-megabyte.csv', unclosed(1_100), { rows: [['row'], ...Array.from({ length: 1_100 }, () => [])] }),
  fileCase('quotes that open on every line.csv', lines(HEADER, Array.from({ length: 3 }, () => 'a"b,"c')), { rows: [['row'], ['row'], ['row']] }),
  fileCase('quote-closed-by-another.csv', lines(HEADER, ['"fuzz opened', rowOf('fuzz between 1'), rowOf('fuzz between 2'), rowOf('"fuzz closed"'), rowOf('fuzz behind')]), { rows: [['row'], [], [], [], []] }),
  fileCase('a name, with "quotes" & spaces; ñ 😀.csv', lines(HEADER, [rowOf('fuzz odd name')]), good(1)),
];
