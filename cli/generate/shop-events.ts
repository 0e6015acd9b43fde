import { lateness } from './app-events.ts';
import { productAt, shopStatistics } from './catalogue.ts';
import type { Product } from './catalogue.ts';
import { Random } from './random.ts';
import { inTurn, interleave, withDuplicates } from './records.ts';
import type { GeneratedRecord } from './records.ts';
import type { GenerateSettings } from './settings.ts';
import { microsecondsOf, minute, second, toSeconds } from './time.ts';
import type { Microseconds } from './time.ts';

/** Column order of the public shop files (DATA.md 1.1). */
export const shopEventsHeader = 'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session';

interface ShopEvent {
  time: Microseconds;
  type: string;
  product: Product;
  price: string;
  userId: string;
  session: string;
}

interface ShopSession {
  number: number;
  id: string;
  userId: string;
  start: Microseconds;
  rows: number;
}

const openSessions = 200;
const knownProducts = 200_000;
const { rows, views, carts, purchases } = shopStatistics;
const types = [['view', views], ['cart', carts], ['purchase', purchases]] as const;

/** Share of rows with a price of zero, as in the public data's first day; they count as broken and are left out where nothing shall be broken. */
const zeroPriceShare = 0.001;

/**
 * Every shop event as a CSV row, with the statistics of DATA.md 1.1 whatever the number of rows. Memory does not grow
 * with it: users, sessions and products are counted, not kept.
 */
export function* generateShopEvents(settings: GenerateSettings): Generator<GeneratedRecord> {
  const random = new Random(settings.seed, 'shop events');
  const products = productPicker(settings.seed);
  const nextBreak = inTurn(breaks);
  const sequences = mapLazily(sessionsOf(settings), (session) => eventsOf(session, settings, products, nextBreak));
  yield* withDuplicates(interleave(sequences, openSessions, random), settings.duplicateRate, new Random(settings.seed, 'shop duplicates'));
}

function* mapLazily<T, U>(items: Iterable<T>, map: (item: T) => U): Generator<U> {
  for (const item of items) yield map(item);
}

function* sessionsOf(settings: GenerateSettings): Generator<ShopSession> {
  const random = new Random(settings.seed, 'shop sessions');
  const until = microsecondsOf(settings.until);
  const span = settings.spanMinutes * minute;
  let users = 0;
  let left = settings.shopEvents;
  for (let number = 0; left > 0; number += 1) {
    let length = 1;
    while (length < left && !random.chance(shopStatistics.sessions / rows)) length += 1;
    const isNewUser = users === 0 || random.chance(shopStatistics.users / shopStatistics.sessions);
    const user = isNewUser ? users++ : random.integer(0, users - 1);
    const progress = 1 - left / settings.shopEvents;
    left -= length;
    yield { number, id: random.uuid(), userId: String(512_000_000 + user), start: until - span + progress * span * 0.7, rows: length };
  }
}

function* eventsOf(session: ShopSession, settings: GenerateSettings, products: (random: Random) => Product, nextBreak: () => (event: ShopEvent) => ShopEvent): Generator<GeneratedRecord> {
  const random = new Random(settings.seed, 'shop session', session.number);
  const end = microsecondsOf(settings.until);
  let time = session.start;
  let product: Product | undefined;
  for (let row = 0; row < session.rows; row += 1) {
    const type = random.weighted(types);
    if (type === 'view' || product === undefined) product = products(random);
    // At least a second apart: two views of one product within a second would be the same event (DATA.md 1.1).
    time = Math.min(end, time + second + random.exponential(40 * second, 10 * minute));
    const isLate = random.chance(settings.lateRate);
    const event: ShopEvent = { time: isLate ? time - lateness(random) : time, type, product, price: product.price, userId: session.userId, session: session.id };
    if (random.chance(settings.brokenRate)) yield { kind: 'broken', text: toRow(nextBreak()(event)) };
    else if (settings.brokenRate > 0 && random.chance(zeroPriceShare)) yield { kind: 'broken', text: toRow({ ...event, price: '0.00' }) };
    else yield { kind: isLate ? 'late' : 'fresh', text: toRow(event) };
  }
}

/** Draws products so that new ones keep appearing at the measured rate and the older ones are seen more often. */
const productPicker = (seed: number): ((random: Random) => Product) => {
  let known = 0;
  return (random) => {
    const isNew = known === 0 || (known < knownProducts && random.chance(shopStatistics.products / rows));
    return productAt(isNew ? known++ : Math.floor(random.next() ** 1.3 * known), seed);
  };
};

/** Ways in which real shops break the contract. */
const breaks: readonly ((event: ShopEvent) => ShopEvent)[] = [
  (event) => ({ ...event, session: '' }),
  (event) => ({ ...event, price: '-1.00' }),
  (event) => ({ ...event, type: 'veiw' }),
  (event) => ({ ...event, price: 'free' }),
  (event) => ({ ...event, userId: '' }),
];

const toRow = ({ time, type, product, price, userId, session }: ShopEvent): string =>
  [`${toSeconds(time)} UTC`, type, product.productId, product.categoryId, product.categoryCode, product.brand, price, userId, session].join(',');
