import { appEvent, shopEvent, transaction, user } from '../../../src/lib/contracts/index.ts';
import type { Contract } from '../../../src/lib/contracts/index.ts';

/** Every rule of DATA.md 1.5 with one case per reason: a good record, one change, the reasons it must get. */

const arrivalTimestamp = '2025-11-08 00:00:00.000000';

const good = {
  app: { event_id: 'E1', session_id: 'S1', user_id: 'U1', event_type: 'click', event_timestamp: '2025-11-07T19:46:52.832132', event_details: { element_id: 'x' } },
  shop: {
    event_time: '2019-10-01 00:00:00 UTC', event_type: 'view', product_id: '44600062', category_id: '2103807459595387724', category_code: 'a.b', brand: 'shiseido',
    price: '35.79', user_id: '541312140', user_session: '72d76fde',
  },
  transactions: { transaction_id: 'T1', session_id: 'S1', user_id: 'U1', amount: '1893.84', currency: 'CLP', transaction_timestamp: '2025-09-09 12:37:28' },
  users: { user_id: 'U1', signup_date: '2025-09-10 00:24:02', device_type: 'Web', country: 'BR', updated_at: '2025-10-01 00:00:00', changed_at: '2025-11-08 00:00:00.000001' },
};

const judge = (contract: Contract, record: Record<string, unknown>) => contract.judge(record, { arrivalTimestamp, text: JSON.stringify(record) });
const contracts: Record<keyof typeof good, Contract> = { app: appEvent, shop: shopEvent, transactions: transaction, users: user };

test.each(Object.keys(good) as (keyof typeof good)[])('a good record of %s is valid', (source) => {
  const { errors, unknownFields } = judge(contracts[source], good[source]);
  expect({ errors, unknownFields }).toStrictEqual({ errors: [], unknownFields: [] });
});

const long = 'x'.repeat(1_025);
const cases: [keyof typeof good, Record<string, unknown>, string[]][] = [
  ['app', { event_id: undefined }, ['event_id: missing']],
  ['app', { event_id: null }, ['event_id: missing']],
  ['app', { event_id: '' }, ['event_id: missing']],
  ['app', { event_id: 7 }, ['event_id: not text']],
  ['app', { event_id: {} }, ['event_id: not text']],
  ['app', { event_id: long }, ['event_id: longer than 1024 characters']],
  ['app', { event_id: '😀'.repeat(1_024) }, []],
  ['app', { event_id: 'a\0b' }, ['event_id: contains NUL or half a character']],
  ['app', { event_id: 'a\ud800b' }, ['event_id: contains NUL or half a character']],
  ['app', { event_id: `\0${long}` }, ['event_id: longer than 1024 characters', 'event_id: contains NUL or half a character']],
  ['app', { session_id: '' }, ['session_id: missing']],
  ['app', { user_id: false }, ['user_id: not text']],
  ['app', { event_type: 'veiw' }, ['event_type: unknown value "veiw"']],
  ['app', { event_type: 'Click' }, ['event_type: unknown value "Click"']],
  ['app', { event_type: ' click' }, ['event_type: unknown value " click"']],
  ['app', { event_type: '"'.repeat(1_000) }, [`event_type: unknown value ${JSON.stringify('"'.repeat(64))}`]],
  ['app', { event_type: '' }, ['event_type: missing']],
  ['app', { event_type: 'cart' }, ['event_type: unknown value "cart"']],
  ['app', { event_timestamp: '' }, ['event_timestamp: missing']],
  ['app', { event_timestamp: 1_762_544_812 }, ['event_timestamp: not text']],
  ['app', { event_timestamp: 'yesterday' }, ['event_timestamp: not a timestamp']],
  ['app', { event_timestamp: '1999-12-31 23:59:59.999999' }, ['event_timestamp: before 2000-01-01']],
  ['app', { event_timestamp: '2000-01-01 00:00:00' }, []],
  ['app', { event_timestamp: '2025-11-09 00:00:00' }, []],
  ['app', { event_timestamp: '2025-11-09 00:00:00.000001' }, ['event_timestamp: more than 24 hours after arrival']],
  ['app', { event_details: 'x' }, ['event_details: not an object']],
  ['app', { event_details: [] }, ['event_details: not an object']],
  ['app', { event_details: null }, []],
  ['app', { event_details: undefined }, []],
  [
    'app',
    { event_id: '', session_id: 1, user_id: null, event_type: 'x', event_timestamp: '2035-01-01 00:00:00', event_details: 1 },
    ['event_id: missing', 'session_id: not text', 'user_id: missing', 'event_type: unknown value "x"', 'event_timestamp: more than 24 hours after arrival', 'event_details: not an object'],
  ],
  ['shop', { event_time: '2019-10-01' }, ['event_time: not a timestamp']],
  ['shop', { event_time: '' }, ['event_time: missing']],
  ['shop', { event_type: 'click' }, ['event_type: unknown value "click"']],
  ['shop', { product_id: '' }, ['product_id: missing']],
  ['shop', { user_id: undefined }, ['user_id: missing']],
  ['shop', { user_session: '' }, ['user_session: missing']],
  ['shop', { price: undefined }, ['price: missing']],
  ['shop', { price: '' }, ['price: missing']],
  ['shop', { price: '0.00' }, ['price: below 0.01']],
  ['shop', { price: '0.004' }, ['price: below 0.01']],
  ['shop', { price: '0.005' }, []],
  ['shop', { price: '-1' }, ['price: below 0.01']],
  ['shop', { price: '1e3' }, ['price: not a number']],
  ['shop', { price: '99999999.99' }, []],
  ['shop', { price: '99999999.995' }, ['price: above 99999999.99']],
  ['shop', { price: true }, ['price: not text']],
  ['shop', { brand: 5 }, ['brand: not text']],
  ['shop', { category_code: long }, ['category_code: longer than 1024 characters']],
  ['shop', { brand: undefined, category_id: '', category_code: null }, []],
  ['transactions', { transaction_id: '' }, ['transaction_id: missing']],
  ['transactions', { amount: '1.234' }, ['amount: more than 2 decimals']],
  ['transactions', { amount: '1.230' }, ['amount: more than 2 decimals']],
  ['transactions', { amount: '0' }, ['amount: below 0.01']],
  ['transactions', { amount: '100000000' }, ['amount: above 99999999.99']],
  ['transactions', { amount: '1,5' }, ['amount: not a number']],
  ['transactions', { amount: '0.001' }, ['amount: more than 2 decimals', 'amount: below 0.01']],
  ['transactions', { currency: 'EURO' }, ['currency: unknown value "EURO"']],
  ['transactions', { currency: 'eur' }, ['currency: unknown value "eur"']],
  ['transactions', { transaction_timestamp: '2025-11-10 00:00:00' }, ['transaction_timestamp: more than 24 hours after arrival']],
  ['users', { user_id: null }, ['user_id: missing']],
  ['users', { signup_date: null }, ['signup_date: missing']],
  ['users', { country: 'XX' }, ['country: unknown value "XX"']],
  ['users', { country: null, device_type: null, updated_at: null }, []],
  ['users', { country: '', device_type: '', updated_at: '' }, []],
  ['users', { updated_at: 'soon' }, ['updated_at: not a timestamp']],
  ['users', { updated_at: '2025-11-10 00:00:00' }, ['updated_at: more than 24 hours after arrival']],
];

test.each(cases)('%s with %j: %j', (source, change, expected) => {
  const changed: Record<string, unknown> = { ...good[source], ...change };
  const record = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
  expect(judge(contracts[source], record).errors).toStrictEqual(expected);
});

describe('columns', () => {
  test('of an app event: microseconds kept, details by their source text, shop columns null', () => {
    const text = '{"event_id":"E1","session_id":"S1","user_id":"U1","event_type":"click","event_timestamp":"2025-11-07T19:46:52.832132Z","event_details":{"price": 35.790, "id":2103807459595387724}}';
    expect(appEvent.judge(JSON.parse(text) as Record<string, unknown>, { arrivalTimestamp, text }).columns).toStrictEqual({
      event_id: 'E1', session_id: 'S1', user_id: 'U1', event_type: 'click', event_timestamp: '2025-11-07 19:46:52.832132', product_id: null, category_id: null, category_code: null,
      brand: null, price: null, event_details: '{"price": 35.790, "id":2103807459595387724}',
    });
  });

  test('of a shop event: empty brand and category code are unknown, an empty category id is null', () => {
    const { columns } = judge(shopEvent, { ...good.shop, brand: '', category_code: undefined, category_id: '' });
    expect(columns).toMatchObject({ brand: 'unknown', category_code: 'unknown', category_id: null, session_id: '72d76fde', event_timestamp: '2019-10-01 00:00:00.000000', event_details: null });
  });

  test('a field that broke a rule is null, the others are read', () => {
    expect(judge(transaction, { ...good.transactions, amount: 'x', transaction_timestamp: '2035-01-01 00:00:00' }).columns).toStrictEqual({
      transaction_id: 'T1', session_id: 'S1', user_id: 'U1', amount: null, currency: 'CLP', transaction_timestamp: null,
    });
    expect(judge(shopEvent, { ...good.shop, brand: 1 }).columns.brand).toBeNull();
  });

  test('a user without updated_at is effective from the sign-up; with one that cannot be read, from nothing', () => {
    expect(judge(user, { ...good.users, updated_at: null }).columns.updated_at).toBe('2025-09-10 00:24:02.000000');
    expect(judge(user, { ...good.users, updated_at: 'soon' }).columns.updated_at).toBeNull();
  });
});

describe('a shop event with JSON numbers', () => {
  const text = '{"event_time":"2019-10-01 00:00:00 UTC","event_type":"view","product_id":44600062,"category_id":2103807459595387724,"price":35.790,"user_id":541312140,"user_session":"72d76fde"}';
  const numbers = shopEvent.judge(JSON.parse(text) as Record<string, unknown>, { arrivalTimestamp, text });

  test('is taken by their raw text: an id of 19 digits stays whole', () => {
    expect(numbers.errors).toStrictEqual([]);
    expect(numbers.columns).toMatchObject({ category_id: '2103807459595387724', product_id: '44600062', price: '35.79' });
  });

  test('has the event_id of the same event with strings: hex sha256 of its five texts', () => {
    expect(numbers.columns.event_id).toBe(judge(shopEvent, good.shop).columns.event_id);
    // printf '541312140-44600062-2019-10-01 00:00:00 UTC-view-72d76fde' | sha256sum
    expect(numbers.columns.event_id).toBe('0e3a2a8fff86f21463af8a17685230182b353819dbe03c0f25385e62a71b4766');
  });

  test('a view and a cart of the same second are two events', () => {
    expect(judge(shopEvent, { ...good.shop, event_type: 'cart' }).columns.event_id).not.toBe(numbers.columns.event_id);
  });

  test.each([['price', '1e3', 'price: not a number'], ['user_id', '1e3', 'user_id: not text'], ['product_id', '1E-2', 'product_id: not text']])('%s %s is none: %s', (field, number, reason) => {
    const changed = text.replace(new RegExp(`"${field}":[^,]+`), `"${field}":${number}`);
    expect(shopEvent.judge(JSON.parse(changed) as Record<string, unknown>, { arrivalTimestamp, text: changed }).errors).toStrictEqual([reason]);
  });
});

describe('unknown fields', () => {
  test('are told by name, __proto__ and constructor like any other', () => {
    const record = JSON.parse('{"event_id":"E","__proto__":{"x":1},"constructor":2,"sesion_id":"S"}') as Record<string, unknown>;
    expect(judge(appEvent, record).unknownFields).toStrictEqual(['__proto__', 'constructor', 'sesion_id']);
  });

  test('are bounded, in number and length', () => {
    const record = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`${'k'.repeat(500)}${index}`, 1]));
    const { unknownFields } = judge(appEvent, record);
    expect(unknownFields).toHaveLength(64);
    expect(Math.max(...unknownFields.map(({ length }) => length))).toBe(128);
  });
});
