import { Random } from './random.ts';
import { inTurn, interleave, withDuplicates } from './records.ts';
import type { GeneratedRecord } from './records.ts';
import { eventsBefore, sessionAt } from './sessions.ts';
import type { Session } from './sessions.ts';
import type { GenerateSettings } from './settings.ts';
import { hour, toTimestamp } from './time.ts';
import type { Microseconds } from './time.ts';

/** An app event by its contract (DATA.md 1.1). */
export interface AppEvent {
  event_id: string;
  session_id: string;
  user_id: string;
  event_type: string;
  event_timestamp: string;
  event_details: Record<string, unknown>;
}

const openSessions = 500;
const browsing = [
  ['page_view', 30], ['click', 20], ['scroll', 16], ['search', 12], ['add_to_cart', 10], ['remove_from_cart', 3], ['login', 4], ['logout', 3], ['signup', 2],
] as const;
const searches = ['headphones', 'running shoes', 'coffee', 'phone case', 'desk lamp', 'backpack', 'keyboard', 'gift'] as const;
const referrers = ['google', 'facebook', 'newsletter', 'direct', 'instagram'] as const;
const elements = ['button', 'image', 'link', 'menu'] as const;

/**
 * Every app event as a line of JSON: sessions interleaved, each in time order but for the late events; duplicates and
 * broken records among them. Memory does not grow with their number.
 */
export function* generateAppEvents(settings: GenerateSettings): Generator<GeneratedRecord> {
  const random = new Random(settings.seed, 'app events');
  const records = interleave(sessionsOf(settings), openSessions, random);
  yield* withDuplicates(records, settings.duplicateRate, new Random(settings.seed, 'app duplicates'));
}

function* sessionsOf(settings: GenerateSettings): Generator<Iterable<GeneratedRecord>> {
  if (settings.events === 0) return;
  const nextBreak = inTurn(breaks);
  for (let index = 0; index < settings.sessions; index += 1) yield eventsOf(index, settings, nextBreak);
}

function* eventsOf(index: number, settings: GenerateSettings, nextBreak: () => (event: AppEvent) => string): Generator<GeneratedRecord> {
  const session = sessionAt(index, settings);
  const random = new Random(settings.seed, 'session events', index);
  const first = eventsBefore(index, settings);
  for (let position = 0; position < session.events; position += 1) {
    const inTime = session.start + Math.floor((session.duration * (position + random.next())) / session.events);
    const isLate = random.chance(settings.lateRate);
    const event = eventAt(first + position, typeAt(position, session, random), session, isLate ? inTime - lateness(random) : inTime, random);
    if (random.chance(settings.brokenRate)) yield { kind: 'broken', text: nextBreak()(event) };
    else yield { kind: isLate ? 'late' : 'fresh', text: JSON.stringify(event) };
  }
}

/** 2 to 48 hours: how far late events are moved back. */
export const lateness = (random: Random): number => Math.floor((2 + 46 * random.next()) * hour);

/** Sessions open with a page view or a login; those with a transaction end with checkout and purchase. */
const typeAt = (position: number, session: Session, random: Random): string => {
  if (session.transaction !== undefined && session.events > 1) {
    if (position === session.events - 1) return 'purchase';
    if (position === session.events - 2) return 'checkout';
  }
  if (position === 0) return random.chance(0.7) ? 'page_view' : 'login';
  return random.weighted(browsing);
};

const eventAt = (number: number, type: string, session: Session, time: Microseconds, random: Random): AppEvent => ({
  event_id: `EVT_${String(number + 1).padStart(8, '0')}`,
  session_id: session.sessionId,
  user_id: session.userId,
  event_type: type,
  event_timestamp: toTimestamp(time),
  event_details: detailsOf(type, random),
});

const detailsOf = (type: string, random: Random): Record<string, unknown> => {
  switch (type) {
    case 'page_view':
      return { page_url: `/page/${random.integer(1, 40)}`, referrer: random.pick(referrers) };
    case 'search':
      return { search_query: random.pick(searches), results_count: random.integer(0, 120) };
    case 'add_to_cart':
      return { product_id: `PROD_${String(random.integer(1, 500)).padStart(4, '0')}`, quantity: random.integer(1, 5), price: random.integer(500, 50_000) / 100 };
    case 'click':
      return { element_id: `btn_${random.integer(1, 9)}`, element_type: random.pick(elements) };
    default:
      return { action: type };
  }
};

/** Ways in which real producers break the contract; each breaks another rule of it. */
const breaks: readonly ((event: AppEvent) => string)[] = [
  (event) => JSON.stringify({ ...event, event_type: 'purchse' }),
  (event) => JSON.stringify({ ...event, session_id: '' }),
  (event) => JSON.stringify({ ...event, event_timestamp: event.event_timestamp.replace(/^\d{4}-\d{2}/, '2026-13') }),
  (event) => JSON.stringify(event).slice(0, -25),
  (event) => JSON.stringify({ ...event, user_id: undefined }),
  (event) => JSON.stringify({ ...event, event_timestamp: event.event_timestamp.replace(/^\d{4}/, '2099') }),
  (event) => JSON.stringify({ ...event, event_id: 4711 }),
  (event) => JSON.stringify({ ...event, event_details: 'clicked twice' }),
  (event) => JSON.stringify([event]),
  (event) => JSON.stringify({ ...event, user_id: null, event_type: '', event_timestamp: 'yesterday' }),
];
