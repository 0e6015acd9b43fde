import { printDate, printTime, type EventRecord, type TransactionRecord, type UserRecord } from './records.ts';
import { currentVersions, history } from './versions.ts';

/** A row of gold.user_session_analysis as Athena prints it, without processing_timestamp and data_version. */
export type GoldRow = Record<string, string | null>;

export interface OracleInput {
  events: readonly EventRecord[];
  transactions: readonly TransactionRecord[];
  users: readonly UserRecord[];
}

const HORIZON = 30n * 86_400_000_000n;
const LATENESS = 3_600_000_000n;
const SECOND = 1_000_000n;

/** Gold, computed at once over everything that was ever delivered. */
export const expectedGold = (input: OracleInput): GoldRow[] => {
  const sessions = new Map<string, EventRecord[]>();
  for (const event of currentVersions(input.events)) append(sessions, pairOf(event), event);
  const transactions = new Map<string, TransactionRecord[]>();
  for (const transaction of currentVersions(input.transactions)) append(transactions, pairOf(transaction), transaction);
  const users = history(input.users);
  return [...sessions].map(([pair, events]) => goldRow(events, transactions.get(pair) ?? [], users)).sort((a, b) => (rowKey(a) < rowKey(b) ? -1 : 1));
};

export const rowKey = (row: GoldRow): string => JSON.stringify([row['session_id'], row['user_id']]);

const pairOf = ({ sessionId, userId }: { sessionId: string; userId: string }): string => JSON.stringify([sessionId, userId]);

const append = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
};

const byTimeThenId = (a: { time: bigint; id: string }, b: { time: bigint; id: string }): number => {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
};

const goldRow = (unordered: EventRecord[], transactions: TransactionRecord[], users: Map<string, UserRecord[]>): GoldRow => {
  const events = [...unordered].sort(byTimeThenId);
  const first = events[0]!;
  const last = events.at(-1)!;
  const types = events.map(({ type }) => type);
  const sources = new Set(events.map(({ source }) => source));
  const user = versionAt(users.get(first.userId) ?? [], first.time);
  return {
    session_id: first.sessionId,
    user_id: first.userId,
    signup_date: user ? printDate(user.signup) : null,
    device_type: user?.deviceType ?? null,
    country: user?.country ?? null,
    session_start_time: printTime(first.time),
    session_end_time: printTime(last.time),
    session_duration_seconds: String((last.time - first.time) / SECOND),
    session_date: printDate(first.time),
    total_events: String(events.length),
    event_types: `[${types.join(', ')}]`,
    first_event_type: first.type,
    last_event_type: last.type,
    primary_event_type: mostFrequent(types),
    late_event_count: String(events.filter(({ time, arrival }) => arrival - time > LATENESS).length),
    source_system: sources.size > 1 ? 'mixed' : first.source,
    ...purchase(events, transactions),
  };
};

/** The version valid at a time; before the first known one, the first. */
const versionAt = (versions: UserRecord[], time: bigint): UserRecord | undefined => {
  let valid = versions[0];
  for (const version of versions) if (version.time <= time) valid = version;
  return valid;
};

/** The most frequent type; of equals the one seen first. */
const mostFrequent = (types: string[]): string => {
  let best = '';
  let bestCount = 0;
  for (const type of new Set(types)) {
    const count = types.filter((other) => other === type).length;
    if (count > bestCount) [best, bestCount] = [type, count];
  }
  return best;
};

const isNear = (transaction: TransactionRecord, events: EventRecord[]): boolean =>
  events.some(({ time }) => transaction.time - time <= HORIZON && time - transaction.time <= HORIZON);

const purchase = (events: EventRecord[], transactions: TransactionRecord[]): GoldRow => {
  const near = transactions.filter((transaction) => isNear(transaction, events)).sort(byTimeThenId);
  const earliest = near[0];
  const start = events[0]!.time;
  return {
    transaction_id: earliest?.id ?? null,
    transaction_amount: earliest?.amount ?? null,
    transaction_currency: earliest?.currency ?? null,
    transaction_timestamp: earliest ? printTime(earliest.time) : null,
    transaction_count: String(near.length),
    has_transaction: String(near.length > 0),
    time_to_purchase_seconds: earliest && earliest.time >= start ? String((earliest.time - start) / SECOND) : null,
  };
};
