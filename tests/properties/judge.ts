import { hash } from 'node:crypto';

/**
 * A second judge of records, written from DATA.md 1.5 alone and apart from src/lib/contracts: plain, slow, one rule after the other.
 * It says which fields are broken, in the contract's order, and what the columns are; the words of the reasons are left to the pipeline.
 */
export interface Verdict {
  readonly source: 'app' | 'shop' | 'transactions' | 'users';
  /** Fields that break a rule, in the contract's order; `payload` or `row` where the record is broken as a whole. */
  readonly broken: readonly string[];
  /** Null where missing, broken, or not readable. */
  readonly columns: Readonly<Record<string, string | null>>;
  readonly unknownFields: readonly string[];
}

/** What DATA.md calls 1 MB. */
export const LARGEST_PAYLOAD = 1_048_576;
/** A line of a file longer than this makes the file no CSV. */
const LONGEST_LINE = 16 * LARGEST_PAYLOAD;
const MICROS_OF_SECOND = 1_000_000n;
const FIRST_MOMENT = BigInt(Date.UTC(2000, 0, 1)) * 1_000n;
const LAST_MOMENT = BigInt(Date.UTC(9999, 11, 31)) * 1_000n;
const DAY = 86_400n * MICROS_OF_SECOND;

const APP_TYPES = ['page_view', 'click', 'scroll', 'login', 'logout', 'signup', 'search', 'add_to_cart', 'remove_from_cart', 'checkout', 'purchase'];
const SHOP_TYPES = ['view', 'cart', 'remove_from_cart', 'purchase'];

/** A field as the record has it: nothing, a text, a number's raw text, or something else's raw text. */
type Field = { readonly kind: 'nothing' } | { readonly kind: 'text' | 'number' | 'object' | 'other'; readonly text: string };
const NOTHING: Field = { kind: 'nothing' };
const textField = (text: string | null | undefined): Field => (text === null || text === undefined || text === '' ? NOTHING : { kind: 'text', text });

/** What a rule makes of a field: the column's value, or that it is broken. */
type Reading = { readonly value: string | null; readonly broken: boolean };
const READ_NOTHING: Reading = { value: null, broken: false };
const BROKEN: Reading = { value: null, broken: true };
const reading = (value: string): Reading => ({ value, broken: false });

const isDigits = (text: string): boolean => text.length > 0 && Array.from(text).every((letter) => letter >= '0' && letter <= '9');

const daysOfMonth = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/** Minutes east of UTC; undefined where the text names no zone. */
const minutesOfZone = (zone: string): number | undefined => {
  if (zone === '' || zone === 'Z' || zone === ' UTC') return 0;
  const sign = zone.startsWith('+') ? 1 : zone.startsWith('-') ? -1 : 0;
  const digits = zone.length === 6 && zone[3] === ':' ? zone.slice(1, 3) + zone.slice(4) : zone.slice(1);
  if (sign === 0 || digits.length !== 4 || !isDigits(digits)) return undefined;
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  return hours > 23 || minutes > 59 ? undefined : sign * (hours * 60 + minutes);
};

/** Microseconds since 1970, UTC; undefined where the text is no real date and time. */
export const microsOf = (text: string): bigint | undefined => {
  const shape = 'dddd-dd-dd?dd:dd:dd';
  if (text.length < shape.length) return undefined;
  for (const [index, expected] of Array.from(shape).entries()) {
    const letter = text.charAt(index);
    const fits = expected === 'd' ? isDigits(letter) : expected === '?' ? letter === 'T' || letter === ' ' : letter === expected;
    if (!fits) return undefined;
  }
  const number = (from: number, to: number): number => Number(text.slice(from, to));
  const [year, month, day, hour, minute, second] = [number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19)];
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  let rest = text.slice(shape.length);
  let fraction = '';
  if (rest.startsWith('.')) {
    let end = 1;
    while (end < rest.length && isDigits(rest.charAt(end))) end += 1;
    fraction = rest.slice(1, end);
    rest = rest.slice(end);
    if (fraction.length < 1 || fraction.length > 9) return undefined;
  }
  const zone = minutesOfZone(rest);
  if (zone === undefined) return undefined;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  const seconds = BigInt(midnight.getTime() / 1_000) + BigInt(hour * 3_600 + minute * 60 + second - zone * 60);
  return seconds * MICROS_OF_SECOND + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
};

export const printMicros = (micros: bigint): string => {
  const seconds = micros / MICROS_OF_SECOND;
  const iso = new Date(Number(seconds) * 1_000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(micros % MICROS_OF_SECOND).padStart(6, '0')}`;
};

const readTime = (field: Field, latest: bigint): Reading => {
  if (field.kind === 'nothing') return READ_NOTHING;
  const micros = field.kind === 'text' ? microsOf(field.text) : undefined;
  return micros === undefined || micros < FIRST_MOMENT || micros > latest ? BROKEN : reading(printMicros(micros));
};

/** A text that UTF-8 can hold; half a surrogate pair, which JSON can escape, it cannot. */
const isUnicode = (text: string): boolean => Array.from(text).every((letter) => letter < '\ud800' || letter > '\udfff' || letter.length === 2);

const readText = (field: Field): Reading => {
  if (field.kind === 'nothing') return READ_NOTHING;
  const fits = field.kind === 'text' && Array.from(field.text).length <= 1_024 && !field.text.includes('\0') && isUnicode(field.text);
  return fits ? reading(field.text) : BROKEN;
};


const readOneOf = (known: readonly string[]) => (field: Field): Reading => {
  const text = readText(field);
  return text.value !== null && !known.includes(text.value) ? BROKEN : text;
};

/** `-?digits[.digits]` as its sign and its digits before and after the point. */
const decimalOf = (text: string): { negative: boolean; whole: string; fraction: string } | undefined => {
  const negative = text.startsWith('-');
  const parts = (negative ? text.slice(1) : text).split('.');
  return parts.length <= 2 && parts.every(isDigits) ? { negative, whole: parts[0] ?? '', fraction: parts[1] ?? '' } : undefined;
};

/** Ids of shop events may be JSON numbers, which are taken by their raw text. */
const readShopId = (field: Field): Reading => readText(field.kind === 'number' && decimalOf(field.text) ? { ...field, kind: 'text' } : field);

/** Money from 0.01 to 99,999,999.99, rounded half up to cents. */
const readMoney = (field: Field, decimals: 'rounded' | 'at most two'): Reading => {
  if (field.kind === 'nothing') return READ_NOTHING;
  const decimal = field.kind === 'text' || field.kind === 'number' ? decimalOf(field.text) : undefined;
  if (!decimal || decimal.negative || (decimals === 'at most two' && decimal.fraction.length > 2)) return BROKEN;
  const whole = decimal.whole.replace(/^0+/, '');
  if (whole.length > 8) return BROKEN;
  const cents = Number(whole) * 100 + Number(decimal.fraction.slice(0, 2).padEnd(2, '0')) + (decimal.fraction.charAt(2) >= '5' ? 1 : 0);
  return cents < 1 || cents > 9_999_999_999 ? BROKEN : reading(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
};

const required = ({ value, broken }: Reading): Reading => (value === null ? BROKEN : { value, broken });

const brokenOf = (readings: Readonly<Record<string, Reading>>): string[] => Object.keys(readings).filter((name) => readings[name]?.broken === true);
const valuesOf = (readings: Readonly<Record<string, Reading>>): Record<string, string | null> => Object.fromEntries(Object.entries(readings).map(([name, { value }]) => [name, value]));

export const sha256 = (...parts: readonly (string | Uint8Array)[]): string => hash('sha256', Buffer.concat(parts.map((part) => Buffer.from(part))), 'hex');

/** hex sha256 of source_system, NUL, the raw bytes (DATA.md 2). */
export const hashOf = (source: string, raw: Uint8Array): string => sha256(`${source}\0`, raw);

/** The text of bytes that are UTF-8, a byte order mark kept; undefined where they are not. */
export const textOf = (raw: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined; // not UTF-8: that is the answer
  }
};

const BLANK = ' \t\n\r';

/** The members of a JSON object's text: each key with its value's raw text. Of members with one key the last counts, as with JSON.parse. */
export const membersOf = (json: string): Map<string, string> => {
  const members = new Map<string, string>();
  let depth = 0;
  let start = 0;
  let key: string | undefined;
  const strip = (text: string): string => {
    let [from, to] = [0, text.length];
    while (from < to && BLANK.includes(text.charAt(from))) from += 1;
    while (to > from && BLANK.includes(text.charAt(to - 1))) to -= 1;
    return text.slice(from, to);
  };
  const endMember = (end: number): void => {
    if (key !== undefined) members.set(key, strip(json.slice(start, end)));
    key = undefined;
    start = end + 1;
  };
  for (let at = 0; at < json.length; at += 1) {
    const letter = json.charAt(at);
    if (letter === '"') {
      const open = at;
      for (at += 1; json.charAt(at) !== '"'; at += 1) if (json.charAt(at) === '\\') at += 1;
      if (depth === 1 && key === undefined) key = JSON.parse(json.slice(open, at + 1)) as string;
    } else if (letter === '{' || letter === '[') {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (letter === '}' || letter === ']') {
      if (depth === 1) endMember(at);
      depth -= 1;
    } else if (depth === 1 && letter === ',') endMember(at);
    else if (depth === 1 && letter === ':') start = at + 1;
  }
  return members;
};

const fieldOf = (raw: string | undefined): Field => {
  if (raw === undefined || raw === 'null' || raw === '""') return NOTHING;
  if (raw.startsWith('"')) return { kind: 'text', text: JSON.parse(raw) as string };
  if (raw.startsWith('{')) return { kind: 'object', text: raw };
  return { kind: raw === 'true' || raw === 'false' || raw.startsWith('[') ? 'other' : 'number', text: raw };
};

const APP_FIELDS = ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp', 'event_details'];
const SHOP_FIELDS = ['event_time', 'event_type', 'product_id', 'category_id', 'category_code', 'brand', 'price', 'user_id', 'user_session'];
const EVENT_COLUMNS = ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp', 'product_id', 'category_id', 'category_code', 'brand', 'price', 'event_details'];

const eventColumns = (values: Readonly<Record<string, string | null>>): Record<string, string | null> => Object.fromEntries(EVENT_COLUMNS.map((name) => [name, values[name] ?? null]));
const unknownOf = (members: ReadonlyMap<string, string>, known: readonly string[]): string[] => [...members.keys()].filter((name) => !known.includes(name));

const judgeApp = (members: ReadonlyMap<string, string>, latest: bigint): Verdict => {
  const field = (name: string): Field => fieldOf(members.get(name));
  const details = field('event_details');
  const readings = {
    event_id: required(readText(field('event_id'))),
    session_id: required(readText(field('session_id'))),
    user_id: required(readText(field('user_id'))),
    event_type: required(readOneOf(APP_TYPES)(field('event_type'))),
    event_timestamp: required(readTime(field('event_timestamp'), latest)),
    event_details: details.kind === 'object' ? reading(details.text) : details.kind === 'nothing' && members.get('event_details') !== '""' ? READ_NOTHING : BROKEN,
  };
  return { source: 'app', broken: brokenOf(readings), columns: eventColumns(valuesOf(readings)), unknownFields: unknownOf(members, APP_FIELDS) };
};

const judgeShop = (members: ReadonlyMap<string, string>, latest: bigint): Verdict => {
  const field = (name: string): Field => fieldOf(members.get(name));
  const readings = {
    event_time: required(readTime(field('event_time'), latest)),
    event_type: required(readOneOf(SHOP_TYPES)(field('event_type'))),
    product_id: required(readShopId(field('product_id'))),
    category_id: readShopId(field('category_id')),
    category_code: readText(field('category_code')),
    brand: readText(field('brand')),
    price: required(readMoney(field('price'), 'rounded')),
    user_id: required(readShopId(field('user_id'))),
    user_session: required(readShopId(field('user_session'))),
  };
  const named = ['user_id', 'product_id', 'event_time', 'event_type', 'user_session'] as const;
  const original = named.map((name) => (readings[name].broken ? NOTHING : field(name))).flatMap((part) => (part.kind === 'nothing' ? [] : [part.text]));
  const values = valuesOf(readings);
  const columns = eventColumns({
    ...values,
    event_id: original.length === named.length ? sha256(original.join('-')) : null,
    session_id: readings.user_session.value,
    event_timestamp: readings.event_time.value,
    category_code: readings.category_code.broken ? null : (readings.category_code.value ?? 'unknown'),
    brand: readings.brand.broken ? null : (readings.brand.value ?? 'unknown'),
  });
  return { source: 'shop', broken: brokenOf(readings), columns, unknownFields: unknownOf(members, SHOP_FIELDS) };
};

const whole = (source: Verdict['source'], broken: string, columns: Verdict['columns']): Verdict => ({ source, broken: [broken], columns, unknownFields: [] });

/** A record of the event stream. `arrival`: microseconds since 1970, UTC. */
export const judgeEvent = (raw: Uint8Array, arrival: bigint): Verdict => {
  const unreadable = whole('app', 'payload', eventColumns({}));
  const text = raw.length > LARGEST_PAYLOAD ? undefined : textOf(raw);
  if (text === undefined) return unreadable;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return unreadable;
  } catch {
    return unreadable; // not JSON: that is the answer
  }
  const members = membersOf(text);
  return members.has('event_time') && members.has('user_session') ? judgeShop(members, arrival + DAY) : judgeApp(members, arrival + DAY);
};

const TRANSACTION_FIELDS = ['transaction_id', 'session_id', 'user_id', 'amount', 'currency', 'transaction_timestamp'];
const noColumns = (names: readonly string[]): Record<string, null> => Object.fromEntries(names.map((name) => [name, null]));

/** The fields of a CSV row as RFC 4180 has it; undefined where a quote is not closed, or text follows a closing one. */
export const fieldsOf = (row: string): string[] | undefined => {
  const fields: string[] = [];
  let rest = row;
  for (;;) {
    let field = '';
    if (rest.startsWith('"')) {
      rest = rest.slice(1);
      for (let more = true; more; ) {
        const quote = rest.indexOf('"');
        if (quote < 0) return undefined;
        field += rest.slice(0, quote);
        rest = rest.slice(quote + 1);
        more = rest.startsWith('"');
        if (more) [field, rest] = [`${field}"`, rest.slice(1)];
      }
      if (rest !== '' && !rest.startsWith(',')) return undefined;
    } else {
      const comma = rest.indexOf(',');
      [field, rest] = comma < 0 ? [rest, ''] : [rest.slice(0, comma), rest.slice(comma)];
    }
    fields.push(field);
    if (rest === '') return fields;
    rest = rest.slice(1);
  }
};

const LINE_FEED = 10;
const [CARRIAGE_RETURN, QUOTE, COMMA] = [13, 34, 44];

/** Where the row that begins at `start` ends: at a line feed outside of quotes, or at the file's end; undefined where there is none within the largest payload. */
const endOfQuotedRow = (file: Uint8Array, start: number): number | undefined => {
  let state: 'field start' | 'plain' | 'quoted' | 'quote within quotes' = 'field start';
  for (let at = start; at <= start + LARGEST_PAYLOAD; at += 1) {
    if (at === file.length) return state === 'quoted' ? undefined : at;
    const byte = file[at];
    if (state === 'quoted') state = byte === QUOTE ? 'quote within quotes' : 'quoted';
    else if (state === 'quote within quotes' && byte === QUOTE) state = 'quoted';
    else if (byte === LINE_FEED) return at;
    else if (byte === QUOTE && state === 'field start') state = 'quoted';
    else state = byte === COMMA ? 'field start' : 'plain';
  }
  return undefined;
};

/**
 * The rows of a CSV file, the header among them, without a byte order mark and their line ends (LF or CRLF); empty lines are none.
 * A row reaches over lines only where its quotes are closed within the largest payload and it has as many fields as the header.
 * Else its first line is the row, and so is each line that was looked through.
 * Undefined where a line is too long for CSV.
 */
export const rowsOf = (bytes: Uint8Array): Buffer[] | undefined => {
  const marked = Buffer.from(bytes);
  const file = marked.toString('latin1', 0, 3) === '\xef\xbb\xbf' ? marked.subarray(3) : marked;
  const rows: Buffer[] = [];
  const rowAt = (start: number, end: number): Buffer => file.subarray(start, end > start && file[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
  const width = (row: Buffer): number | undefined => fieldsOf(row.toString('latin1'))?.length;
  let aloneUntil = 0;
  for (let start = 0; start < file.length; ) {
    const feed = file.indexOf(LINE_FEED, start);
    const lineEnd = feed < 0 ? file.length : feed;
    let end = start < aloneUntil ? lineEnd : endOfQuotedRow(file, start);
    const header = rows[0];
    const reachesOver = end !== undefined && end > lineEnd;
    if (end === undefined || (reachesOver && (header ? width(rowAt(start, end)) !== width(header) : width(rowAt(start, end)) === undefined))) {
      aloneUntil = end ?? start + LARGEST_PAYLOAD;
      end = lineEnd;
    }
    const row = rowAt(start, end);
    if (row.length > LONGEST_LINE) return undefined;
    if (row.length > 0) rows.push(row);
    start = end + 1;
  }
  return rows;
};

/** A row of a CSV file below its header. `currencies`: the known ISO 4217 codes. */
export const judgeTransaction = (raw: Uint8Array, header: readonly string[], arrival: bigint, currencies: readonly string[]): Verdict => {
  const none = noColumns(TRANSACTION_FIELDS);
  const text = raw.length > LARGEST_PAYLOAD ? undefined : textOf(raw);
  if (text === undefined) return whole('transactions', 'payload', none);
  const values = fieldsOf(text);
  if (values?.length !== header.length) return whole('transactions', 'row', none);
  const field = (name: string): Field => textField(values[header.indexOf(name)]);
  const readings = {
    transaction_id: required(readText(field('transaction_id'))),
    session_id: required(readText(field('session_id'))),
    user_id: required(readText(field('user_id'))),
    amount: required(readMoney(field('amount'), 'at most two')),
    currency: required(readOneOf(currencies)(field('currency'))),
    transaction_timestamp: required(readTime(field('transaction_timestamp'), arrival + DAY)),
  };
  return { source: 'transactions', broken: brokenOf(readings), columns: valuesOf(readings), unknownFields: header.filter((name) => !TRANSACTION_FIELDS.includes(name)) };
};

/** A row of the users' table, its times as bronze's text. `ingested` stands for an arrival that cannot be told. `countries`: the known ISO 3166 alpha-2 codes. */
export const judgeUser = (row: Readonly<Record<string, string | null>>, ingested: bigint, countries: readonly string[]): Verdict => {
  const field = (name: string): Field => textField(row[name]);
  if (Buffer.byteLength(JSON.stringify(row)) > LARGEST_PAYLOAD) return whole('users', 'payload', noColumns(['user_id', 'signup_date', 'device_type', 'country', 'updated_at', 'changed_at']));
  const changed = readTime(field('changed_at'), LAST_MOMENT);
  const latest = (microsOf(row['changed_at'] ?? '') ?? ingested) + DAY;
  const readings = {
    user_id: required(readText(field('user_id'))),
    signup_date: required(readTime(field('signup_date'), latest)),
    device_type: readText(field('device_type')),
    country: readOneOf(countries)(field('country')),
    updated_at: readTime(field('updated_at'), latest),
    changed_at: required(changed),
  };
  const values = valuesOf(readings);
  return {
    source: 'users', broken: brokenOf(readings), unknownFields: [],
    columns: { ...values, updated_at: readings.updated_at.broken ? null : (values['updated_at'] ?? values['signup_date'] ?? null) },
  };
};
