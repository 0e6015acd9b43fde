import { hash } from 'node:crypto';
import { eventColumns } from './app-event.ts';
import type { EventColumn } from './app-event.ts';
import { createContract, textOrNull } from './contract.ts';
import type { JudgeContext } from './contract.ts';
import { optionalText, requiredCode, requiredMoney, requiredText, requiredTimestamp } from './fields.ts';
import { rawMember } from './raw-json.ts';

export const shopEventTypes: ReadonlySet<string> = new Set(['view', 'cart', 'remove_from_cart', 'purchase']);

/** Fields in which some producers send JSON numbers; they are taken by their raw text, since ids of 19 digits do not fit a double. */
const NUMERIC = ['product_id', 'category_id', 'price', 'user_id', 'user_session'] as const;
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/;

type Members = Readonly<Record<string, unknown>>;

const hasNumbers = ({ product_id, category_id, price, user_id, user_session }: Members): boolean =>
  typeof product_id === 'number' || typeof category_id === 'number' || typeof price === 'number' || typeof user_id === 'number' || typeof user_session === 'number';

/** JSON numbers by their text. One that is not `-?digits[.digits]` (1e3) stays a number: an id then is `not text`, a price `not a number`. */
const numbersAsText = (record: Members, { text }: JudgeContext): Members => {
  if (text === undefined || !hasNumbers(record)) return record;
  const prepared: Record<string, unknown> = { ...record };
  for (const field of NUMERIC) {
    if (typeof record[field] !== 'number') continue;
    const raw = rawMember(text, field);
    if (raw !== undefined && (field === 'price' || PLAIN_NUMBER.test(raw))) prepared[field] = raw;
  }
  return prepared;
};

/**
 * A shop event has no id of its own: hex sha256 of `user_id-product_id-event_time-event_type-user_session`, each by its
 * original text. The public design hashes only user, product and time, which makes a view and a cart of the same second
 * one event: the type and the session keep them apart.
 */
const eventIdOf = (read: Members, original: Members): string | null => {
  const { user_id, product_id, event_time, event_type, user_session } = original;
  const isRead = read['user_id'] && read['product_id'] && read['event_time'] && read['event_type'] && read['user_session'];
  return isRead ? hash('sha256', `${user_id as string}-${product_id as string}-${event_time as string}-${event_type as string}-${user_session as string}`, 'hex') : null;
};

/** Shop event (the REES46 layout), DATA.md 1.1, normalised into the columns of an app event. */
export const shopEvent = createContract<EventColumn>({
  sourceSystem: 'shop',
  version: 2, // 2: user_session may be a number
  columns: eventColumns,
  fields: {
    event_time: requiredTimestamp(),
    event_type: requiredCode(shopEventTypes),
    product_id: requiredText(),
    category_id: optionalText(),
    category_code: optionalText(),
    brand: optionalText(),
    price: requiredMoney(),
    user_id: requiredText(),
    user_session: requiredText(),
  },
  times: ['event_time'],
  prepare: numbersAsText,
  toColumns: (read, _context, record) => ({
    event_id: eventIdOf(read, record),
    session_id: textOrNull(read['user_session']),
    user_id: textOrNull(read['user_id']),
    event_type: textOrNull(read['event_type']),
    event_timestamp: textOrNull(read['event_time']),
    product_id: textOrNull(read['product_id']),
    category_id: textOrNull(read['category_id']),
    category_code: 'category_code' in read || !('category_code' in record) ? (textOrNull(read['category_code']) ?? 'unknown') : null,
    brand: 'brand' in read || !('brand' in record) ? (textOrNull(read['brand']) ?? 'unknown') : null,
    price: textOrNull(read['price']),
    event_details: null,
  }),
});
