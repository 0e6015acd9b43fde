import { createContract, textOrNull } from './contract.ts';
import { optionalObject, requiredCode, requiredText, requiredTimestamp } from './fields.ts';
import { rawMember } from './raw-json.ts';

/** Columns both kinds of event fill, so that they become rows of one table. */
export const eventColumns = ['event_id', 'session_id', 'user_id', 'event_type', 'event_timestamp', 'product_id', 'category_id', 'category_code', 'brand', 'price', 'event_details'] as const;
export type EventColumn = (typeof eventColumns)[number];

export const appEventTypes: ReadonlySet<string> = new Set([
  'page_view', 'click', 'scroll', 'login', 'logout', 'signup', 'search', 'add_to_cart', 'remove_from_cart', 'checkout', 'purchase',
]);

/** App event, DATA.md 1.1. Its product, price, brand and category stay in event_details, which is kept as the source wrote it. */
export const appEvent = createContract<EventColumn>({
  sourceSystem: 'app',
  version: 1,
  columns: eventColumns,
  fields: {
    event_id: requiredText(),
    session_id: requiredText(),
    user_id: requiredText(),
    event_type: requiredCode(appEventTypes),
    event_timestamp: requiredTimestamp(),
    event_details: optionalObject(),
  },
  times: ['event_timestamp'],
  toColumns: (read, { text }) => ({
    event_id: textOrNull(read['event_id']),
    session_id: textOrNull(read['session_id']),
    user_id: textOrNull(read['user_id']),
    event_type: textOrNull(read['event_type']),
    event_timestamp: textOrNull(read['event_timestamp']),
    product_id: null,
    category_id: null,
    category_code: null,
    brand: null,
    price: null,
    event_details: text !== undefined && read['event_details'] ? (rawMember(text, 'event_details') ?? null) : null,
  }),
});
