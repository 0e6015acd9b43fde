import { toCount, toObjects } from './lake-reader.ts';
import type { LakeReader } from './lake-reader.ts';

/** Which quarantined records are meant; those that satisfy all that is given. */
export interface QuarantineFilter {
  source?: string;
  /** `field: rule` or its beginning; without a colon any part of a reason. */
  reason?: string;
  /** First seen then or later, `yyyy-MM-dd HH:mm:ss.SSSSSS` UTC. */
  since?: string;
  /** First seen before then. */
  until?: string;
  /** record_hashes, or beginnings of them. */
  hash?: readonly string[];
  status?: string;
}

/** A row of silver.quarantine. Times are UTC, as Athena prints them. */
export interface QuarantineRow {
  recordHash: string;
  sourceSystem: string;
  reasons: string[];
  /** null: it lies at payloadLocation. */
  payload: string | null;
  payloadEncoding: 'utf8' | 'base64';
  payloadLocation: string | null;
  header: string | null;
  origins: string[];
  firstSeenAt: string;
  lastSeenAt: string;
  seenCount: number;
  status: string;
  contractVersion: number;
  /** Of a replay with a patch: the record_hash of what was sent. */
  replayedAs: string | null;
  /** The decision that set the status last. */
  decisionId: string | null;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const reasonCondition = (reason: string): string => (reason.includes(': ') ? `starts_with(reason, ${literal(reason)})` : `strpos(reason, ${literal(reason)}) > 0`);

/** The table's name with that of its database. */
export const quarantineOf = ({ databases }: Pick<LakeReader, 'databases'>): string => `${databases.silver}.quarantine`;

/** The filter as a condition on silver.quarantine. */
export const conditionOf = ({ source, reason, since, until, hash, status }: QuarantineFilter): string =>
  [
    ...(source === undefined ? [] : [`source_system = ${literal(source)}`]),
    ...(reason === undefined ? [] : [`any_match(reasons, reason -> ${reasonCondition(reason)})`]),
    ...(since === undefined ? [] : [`first_seen_at >= TIMESTAMP ${literal(since)}`]),
    ...(until === undefined ? [] : [`first_seen_at < TIMESTAMP ${literal(until)}`]),
    ...(hash === undefined ? [] : [`(${hash.map((start) => `starts_with(record_hash, ${literal(start)})`).join(' OR ')})`]),
    ...(status === undefined ? [] : [`status = ${literal(status)}`]),
  ].join(' AND ') || 'true';

/** The records meant, those first seen first. */
export const readRecords = async (lake: LakeReader, filter: QuarantineFilter, limit: number): Promise<QuarantineRow[]> => {
  const result = await lake.ask(`
SELECT record_hash, source_system, json_format(CAST(reasons AS json)) AS reasons, payload, payload_encoding, payload_location, header,
  json_format(CAST(origins AS json)) AS origins, first_seen_at, last_seen_at, seen_count, status, contract_version, replayed_as, decision_id
FROM ${quarantineOf(lake)} WHERE ${conditionOf(filter)} ORDER BY first_seen_at, record_hash LIMIT ${limit}`);
  return toObjects(result).map(toRow);
};

export const countRecords = async (lake: LakeReader, filter: QuarantineFilter): Promise<number> =>
  toCount((await lake.ask(`SELECT count(*) FROM ${quarantineOf(lake)} WHERE ${conditionOf(filter)}`)).rows[0]?.[0]);

/** How many records a decision has settled. */
export const countDecided = async (lake: LakeReader, decisionId: string): Promise<number> =>
  toCount((await lake.ask(`SELECT count(*) FROM ${quarantineOf(lake)} WHERE decision_id = ${literal(decisionId)} AND status <> 'open'`)).rows[0]?.[0]);

const toRow = (row: Record<string, string | null>): QuarantineRow => {
  const text = (column: string): string => row[column] ?? '';
  return {
    recordHash: text('record_hash'),
    sourceSystem: text('source_system'),
    reasons: JSON.parse(row['reasons'] ?? '[]') as string[],
    payload: row['payload'] ?? null,
    payloadEncoding: row['payload_encoding'] === 'base64' ? 'base64' : 'utf8',
    payloadLocation: row['payload_location'] ?? null,
    header: row['header'] ?? null,
    origins: JSON.parse(row['origins'] ?? '[]') as string[],
    firstSeenAt: text('first_seen_at'),
    lastSeenAt: text('last_seen_at'),
    seenCount: toCount(row['seen_count']),
    status: text('status'),
    contractVersion: toCount(row['contract_version']),
    replayedAs: row['replayed_as'] ?? null,
    decisionId: row['decision_id'] ?? null,
  };
};
