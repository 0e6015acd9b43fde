import pg from 'pg';
import { runTurn, type TurnReport } from '../../cli/pipeline/run-workflow.ts';
import { localNamesOf } from '../../cli/local/names.ts';
import type { LocalPipeline } from '../../cli/local/start-pipeline.ts';
import { committedRunOf, failuresOf } from '../../cli/output/render-turn.ts';
import { publishEvents } from '../../cli/publish/events.ts';
import { readDatabaseAccess, readSftpAccess } from '../../cli/publish/sources.ts';
import { openTransactionsFolder } from '../../cli/publish/transactions.ts';
import { isConserved, readRuns } from '../../cli/reports/run-report.ts';
import { createObjects } from '../../src/lib/aws/index.ts';
import type { UserRecord } from '../../src/lib/users/index.ts';
import type { FileCase } from './corpus/files.ts';
import type { UserCase } from './corpus/users.ts';
import { contentOf, verdictsOf } from './fuzz-files.ts';
import { brokenFields } from './fuzz-records.ts';
import { judgedUser, userPayload } from './fuzz-users.ts';
import { hashOf, judgeEvent, sha256, type Verdict } from './judge.ts';

/** What is sent through the ways in: the stream, the SFTP server, the shop's database. */
export interface Input {
  readonly records: readonly Uint8Array[];
  readonly files: readonly FileCase[];
  readonly users: readonly UserCase[];
}

/** A record that was sent, and what a second judge says of it. */
interface Sent {
  readonly bytes: Buffer;
  readonly verdict: Verdict;
}

const KEYS = { app: ['event_id'], shop: ['event_id'], transactions: ['transaction_id'], users: ['user_id', 'updated_at'] } as const;
type Source = keyof typeof KEYS;

/** The files' order is the order of their times: each is written as it is, whole. */
export const send = async ({ connection: { clients, names, stage } }: LocalPipeline, { records, files, users }: Input): Promise<void> => {
  const stream = records.map((bytes, line) => ({ file: 'fuzz', line, size: bytes.length, bytes: Buffer.from(bytes) }));
  const published = await publishEvents({ kinesis: clients.kinesis, stream: names.eventStream, records: stream });
  expect(published).toEqual({ published: records.length, rejected: [] });
  const folder = await openTransactionsFolder(await readSftpAccess(clients.secrets, names.sftpSecret));
  for (const { name, bytes } of files) await folder.put(name, bytes);
  await folder.close();
  await withShop({ clients, stage }, async (shop) => {
    for (const { row } of users) {
      await shop.query('INSERT INTO users (user_id, created_at, device_type, country, updated_at) VALUES ($1, $2, $3, $4, $5)', [row.user_id, row.created_at, row.device_type, row.country, row.updated_at]);
    }
  });
};

const withShop = async <T>({ clients, stage }: Pick<LocalPipeline['connection'], 'clients' | 'stage'>, use: (shop: pg.Client) => Promise<T>): Promise<T> => {
  const shop = new pg.Client({ ...(await readDatabaseAccess(clients.secrets, localNamesOf(stage).shopSecret)), options: '-c timezone=UTC' });
  await shop.connect();
  try {
    return await use(shop);
  } finally {
    await shop.end();
  }
};

/** A time as PostgreSQL prints it, as bronze has it: six digits, no zone; what bronze cannot tell stays. */
const bronzeTime = (text: string | null): string | null => text?.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/, (_, seconds: string, digits: string | undefined) => `${seconds}.${(digits ?? '').padEnd(6, '0')}`) ?? null;

const usersInShop = (pipeline: LocalPipeline): Promise<UserRecord[]> =>
  withShop(pipeline.connection, async (shop) => {
    const { rows } = await shop.query<UserRecord>('SELECT user_id, created_at::text AS signup_date, device_type, country, updated_at::text, changed_at::text FROM users');
    return rows.map((row) => ({ ...row, signup_date: bronzeTime(row.signup_date), updated_at: bronzeTime(row.updated_at), changed_at: bronzeTime(row.changed_at) }));
  });

const event = (bytes: Uint8Array): Sent => ({ bytes: Buffer.from(bytes), verdict: judgeEvent(bytes, BigInt(Date.now()) * 1_000n) });
const rowsOfFile = ({ bytes, expected }: FileCase): Sent[] => ('problem' in expected ? [] : verdictsOf(contentOf(bytes), Date.now()).map(({ raw, verdict }) => ({ bytes: raw, verdict })));

export const ACCEPT_EVERYTHING = ['events', 'transactions', 'users'].flatMap((source) => ['invalid_share', 'duplicate_share', 'null_user_share'].map((rule) => ({ rule, source })));

export const turn = (pipeline: LocalPipeline): Promise<TurnReport> =>
  runTurn(pipeline.connection, { onStep: () => undefined, signal: new AbortController().signal, input: { accept: ACCEPT_EVERYTHING } });

type Cells = Record<string, string | null>;

/** Rows whose texts come as they are, whatever a client makes of them. */
const ask = async ({ connection }: LocalPipeline, texts: readonly string[], others: readonly string[], from: string): Promise<Cells[]> => {
  const { columns, rows } = await connection.lake.ask(`SELECT ${[...texts.map((name) => `to_hex(to_utf8(${name})) AS ${name}`), ...others].join(', ')} FROM ${from}`);
  const isText = columns.map(({ name }) => texts.includes(name));
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, isText[index] && row[index] != null ? Buffer.from(row[index], 'hex').toString() : (row[index] ?? null)])));
};

/** The bytes a row of bronze or of the quarantine keeps, as their sha256. */
const PAYLOAD_HASH = "lower(to_hex(sha256(CASE payload_encoding WHEN 'base64' THEN from_base64(payload) ELSE to_utf8(payload) END))) AS payload_hash";

/** `record_hash payload's sha256` of each row. */
const keptBytes = async (pipeline: LocalPipeline, table: string): Promise<string[]> => {
  const objects = createObjects(pipeline.connection.clients.s3, pipeline.connection.names.lakeBucket);
  const rows = await ask(pipeline, [], ['record_hash', 'payload_location', PAYLOAD_HASH], table);
  const hashes = rows.map(async ({ record_hash, payload_location, payload_hash }) => {
    const object = payload_location === null ? undefined : await objects.get(String(payload_location).replace(/^s3:\/\/[^/]+\//, ''));
    return `${record_hash} ${object ? sha256(object) : payload_hash}`;
  });
  return Promise.all(hashes);
};

const kept = ({ bytes, verdict }: Sent): string => `${hashOf(verdict.source, bytes)} ${sha256(bytes)}`;
/** What of the records sent is not kept, told by the beginning of its bytes; and what is kept and was not sent. */
const differences = (found: readonly string[], sent: readonly Sent[]): { missing: string[]; notSent: string[] } => {
  const left = new Map<string, number>();
  for (const one of found) left.set(one, (left.get(one) ?? 0) + 1);
  const take = (one: string): boolean => {
    const count = left.get(one) ?? 0;
    if (count > 1) left.set(one, count - 1);
    else left.delete(one);
    return count > 0;
  };
  const missing = sent.filter((one) => !take(kept(one))).map(({ bytes }) => bytes.subarray(0, 200).toString('latin1'));
  return { missing, notSent: [...left.keys()] };
};
const NONE = { missing: [], notSent: [] };

const isValid = ({ verdict }: Sent): boolean => verdict.broken.length === 0;

const expectQuarantine = async (pipeline: LocalPipeline, sent: readonly Sent[]): Promise<void> => {
  const broken = sent.filter((one) => !isValid(one));
  const once = [...new Map(broken.map((one) => [kept(one), one])).values()];
  expect(differences(await keptBytes(pipeline, "silver.quarantine WHERE NOT any_match(reasons, r -> r LIKE 'file: %')"), once)).toEqual(NONE);
  const rows = await ask(pipeline, [], ['record_hash', 'seen_count', 'status', "array_join(reasons, '\n') AS reasons"], 'silver.quarantine');
  const byHash = new Map(rows.map((row) => [row['record_hash'], row]));
  const found = broken.map((one) => byHash.get(hashOf(one.verdict.source, one.bytes)));
  const copies = new Map<string, number>();
  for (const one of broken) copies.set(kept(one), (copies.get(kept(one)) ?? 0) + 1);
  expect(found.map((row) => ({ fields: brokenFields(String(row?.['reasons']).split('\n')), seen: Number(row?.['seen_count']), status: row?.['status'] }))).toEqual(
    broken.map((one) => ({ fields: one.verdict.broken, seen: copies.get(kept(one)), status: 'open' })),
  );
};

/** Files nothing of which can be used: one row each, with the reason. */
const expectFileProblems = async (pipeline: LocalPipeline, files: readonly FileCase[]): Promise<void> => {
  const rows = await ask(pipeline, ['payload'], ["array_join(reasons, '\n') AS reasons"], "silver.quarantine WHERE any_match(reasons, r -> r LIKE 'file: %')");
  const found = rows.map(({ payload, reasons }) => `${(JSON.parse(String(payload)) as { file: string }).file.replace(/^.*\//, '')}: ${reasons}`);
  expect(found.sort()).toEqual(files.flatMap(({ name, expected }) => ('problem' in expected ? [`${name}: file: ${expected.problem}`] : [])).sort());
};

const SILVER: Readonly<Record<string, { sources: readonly Source[]; texts: readonly string[]; others: readonly string[] }>> = {
  'silver.events': { sources: ['app', 'shop'], texts: ['event_id', 'session_id', 'user_id', 'event_type', 'product_id', 'category_id', 'category_code', 'brand'], others: ['event_timestamp', 'price', 'record_hash', 'to_hex(sha256(to_utf8(event_details))) AS event_details'] },
  'silver.transactions': { sources: ['transactions'], texts: ['transaction_id', 'session_id', 'user_id', 'currency'], others: ['amount', 'transaction_timestamp', 'record_hash'] },
  'silver.users': { sources: ['users'], texts: ['user_id', 'device_type', 'country'], others: ['signup_date', 'updated_at', 'record_hash'] },
};

/** Each valid key stands once, with the columns of a record that was sent; nothing else stands there. */
const expectSilver = async (pipeline: LocalPipeline, sent: readonly Sent[]): Promise<void> => {
  const valid = new Map(sent.filter(isValid).map((one) => [hashOf(one.verdict.source, one.bytes), one.verdict]));
  const keyOf = ({ source, columns }: Verdict): string => JSON.stringify(KEYS[source].map((name) => columns[name]));
  for (const [table, { sources, texts, others }] of Object.entries(SILVER)) {
    const rows = await ask(pipeline, texts, others, table);
    const verdicts = [...valid.values()].filter(({ source }) => sources.includes(source));
    expect(new Set(rows.map(({ record_hash }) => valid.get(String(record_hash))).map((verdict) => (verdict ? keyOf(verdict) : 'never sent')))).toEqual(new Set(verdicts.map(keyOf)));
    expect(rows).toHaveLength(new Set(verdicts.map(keyOf)).size);
    const details = (text: string | null | undefined): string | null => (text == null ? null : sha256(text).toUpperCase());
    for (const { record_hash, ...columns } of rows) {
      const judged = valid.get(String(record_hash))?.columns ?? {};
      const expected = 'event_details' in columns ? { ...judged, event_details: details(judged['event_details']) } : judged;
      // what is too large for a row lies in the payload alone
      expect(columns).toEqual(Object.fromEntries(Object.keys(columns).map((name) => [name, name === 'event_details' && columns[name] === null ? null : (expected[name] ?? null)])));
    }
  }
};

/** Every record sent, and nothing else, is in bronze byte for byte, and in silver or in quarantine; the latest run says so. */
export const expectAccounted = async (pipeline: LocalPipeline, { records, files }: Input): Promise<void> => {
  const users = (await usersInShop(pipeline)).map((row) => ({ bytes: userPayload(row), verdict: judgedUser(row) }));
  const bySource = { events: records.map(event), transactions: files.flatMap(rowsOfFile), users };
  for (const [table, sent] of Object.entries(bySource)) {
    const readable = table === 'transactions' ? 'bronze.transactions WHERE row_number IS NOT NULL' : `bronze.${table}`;
    expect(differences(await keptBytes(pipeline, readable), sent)).toEqual(NONE);
  }
  const all = Object.values(bySource).flat();
  await expectQuarantine(pipeline, all);
  await expectFileProblems(pipeline, files);
  await expectSilver(pipeline, all);
};

/** A run that takes all that was sent, and says of each source where it went. */
export const expectConservedTurn = async (pipeline: LocalPipeline): Promise<void> => {
  const report = await turn(pipeline);
  expect(failuresOf(report)).toEqual([]);
  const [run] = await readRuns(pipeline.connection.lake, 1);
  expect(run?.runId).toBe(committedRunOf(report).runId);
  expect(run?.sources.filter((source) => !isConserved(source) || source.heldObjects > 0)).toEqual([]);
};

/** With nothing new to read, a run changes no table. */
export const expectIdleTurn = async (pipeline: LocalPipeline): Promise<void> => {
  const report = await turn(pipeline);
  expect(failuresOf(report)).toEqual([]);
  expect(committedRunOf(report).changedTables).toEqual([]);
};
