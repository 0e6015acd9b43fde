import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { announceRunning } from '../../cli/local/data-dir.ts';
import { main } from '../../cli/main.ts';
import { createObjects } from '../../src/lib/aws/index.ts';
import { createBronzeWriter, type BronzeTable } from '../../src/lib/bronze/index.ts';
import { recordHashOf } from '../../src/lib/contracts/index.ts';
import { transactionRow } from '../../src/lib/files/index.ts';
import { fileProblemRow } from '../../src/lib/files/transaction-row.ts';
import { createDecision, judgeAnew, putDecision, sendReplays } from '../../src/lib/quarantine/index.ts';
import type { RunSummary } from '../../src/lib/run/index.ts';
import { userRow } from '../../src/lib/users/index.ts';
import type { Row } from '../support/floe.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';

const STREAM = 'floe-dev-events';
const BUCKET = 'floe-dev-lake-000000000000';
const AT = '2025-11-07 10:00:00.000000';

const appEvent = (id: string, type: string): string => `{"event_id":"${id}","session_id":"S1","user_id":"U1","event_type":"${type}","event_timestamp":"2025-11-07T10:0${id.slice(1)}:00","event_details":{"price":35.790}}`;
const hashOf = (payload: string): string => recordHashOf('app', payload);
const [E2, E3, E4] = [appEvent('E2', 'veiw'), appEvent('E3', 'clikc'), appEvent('E4', 'veiw')];
const PATCH = '{"event_type":"click"}';

describe('quarantined records', () => {
  let lake: TestLake;
  /** The first run. */
  let first: RunSummary;
  beforeAll(async () => {
    lake = await openTestLake();
    writeFileSync(path.join(lake.directory, 'floe.json'), '{}');
    announceRunning(lake.directory, { endpoint: lake.cloud.endpoint, pid: process.pid, region: 'eu-west-1', stage: 'dev' });
  }, 60_000);
  afterAll(() => lake.stop());

  const command = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const printed = { out: '', err: '' };
    const code = await main([...args, '--data-dir', lake.directory], {
      projectRoot: process.cwd(), environment: {}, stdout: { write: (text) => (printed.out += text) }, stderr: { write: (text) => (printed.err += text) },
    });
    return { code, ...printed };
  };
  const floe = (...args: string[]) => command('quarantine', ...args);
  const rollback = (...args: string[]) => command('rollback', ...args);
  const publish = async (...payloads: string[]): Promise<void> => {
    await lake.clients.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records: payloads.map((payload) => ({ PartitionKey: 'p', Data: Buffer.from(payload) })) }));
    await lake.cloud.firehose.flush(STREAM);
  };
  const deliver = async (table: BronzeTable, row: Record<string, unknown>): Promise<void> => {
    const writer = createBronzeWriter(table);
    writer.append(row);
    await lake.cloud.store.put(BUCKET, `bronze/${table}/ingestion_date=${new Date().toISOString().slice(0, 10)}/${randomUUID()}.parquet`, writer.finish());
  };
  const run = async (): Promise<RunSummary> => {
    await lake.cloud.firehose.flush(STREAM);
    return lake.run();
  };
  const apply = async (decision: string): Promise<RunSummary> => {
    const outcome = await lake.cloud.states.run('arn:aws:states:eu-west-1:000000000000:stateMachine:floe-dev-hourly', { kind: 'quarantine', decision });
    if (outcome.status !== 'SUCCEEDED') throw new Error(outcome.cause);
    return outcome.output as RunSummary;
  };
  const states = (): Promise<Row[]> => lake.query('SELECT record_hash, status, seen_count, origins, replayed_as, decision_id, header FROM silver.quarantine ORDER BY 1');
  const stateOf = async (payload: string): Promise<Row | undefined> =>
    (await lake.query(`SELECT status, seen_count, replayed_as FROM silver.quarantine WHERE record_hash = '${hashOf(payload)}'`))[0];
  /** Those that are valid; a click each. */
  const events = async (): Promise<(string | null | undefined)[]> => (await lake.query("SELECT event_id FROM silver.events WHERE event_type = 'click' ORDER BY 1")).map((row) => row['event_id']);
  /** What a replay does until it is killed between sending and marking. */
  const sendWithoutMark = async (payload: string): Promise<void> => {
    const objects = createObjects(lake.clients.s3, BUCKET);
    const judged = judgeAnew({ recordHash: hashOf(payload), sourceSystem: 'app', bytes: Buffer.from(payload), header: null, origin: 'o', firstSeenAt: AT }, PATCH, new Date());
    if (!judged.ok) throw new Error('was to be mended');
    const decision = createDecision({ action: 'replay', note: null, patch: PATCH, selection: {}, rows: [] }, new Date());
    await putDecision(objects, decision);
    await sendReplays({ objects, putEvents: (records) => publish(...records.map(String)) }, decision, [judged.replay]);
  };
  const lastDecision = async (): Promise<string> => {
    const keys: string[] = [];
    for await (const { key } of createObjects(lake.clients.s3, BUCKET).list('state/quarantine/')) keys.push(key);
    return keys.at(-1) ?? '';
  };

  test('are mended, sent the way they came, and found in silver; once', async () => {
    await publish(appEvent('E1', 'click'), E2, E3, E4);
    const header = 'transaction_id,session_id,user_id,amount,currency,transaction_timestamp';
    const file = { sourceFile: '/in/one.csv', arrivalTimestamp: AT, ingestionTimestamp: AT, header, fieldNames: header.split(',') };
    await deliver('transactions', transactionRow(Buffer.from('T1,S1,U1,"12,50",USD,2025-11-07 10:05:00'), 1, file));
    await deliver('transactions', fileProblemRow({ ...file, sourceFile: '/in/two.csv' }, { contentHash: 'c', sizeBytes: 3, problem: 'not CSV' }));
    await deliver('users', userRow({ user_id: 'U1', signup_date: AT, device_type: null, country: 'XX', updated_at: AT, changed_at: AT }, AT));
    first = await lake.run();

    const listed = JSON.parse((await floe('list', '--source', 'app', '--json')).out) as object;
    expect(listed).toMatchObject({ records: 3, reasons: [{ reason: 'event_type: unknown value "veiw"', records: 2 }, { reason: 'event_type: unknown value "clikc"' }] });
    expect((await floe()).out).toContain('transactions: 2 records, 2 open');
    const shown = await floe('show', hashOf(E2).slice(0, 12));
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining(E2) as string });
    expect(shown.out).toMatch(/today +event_type: unknown value "veiw"/);

    // As they are they break today's contract too: nothing is sent.
    const before = await states();
    expect(await floe('replay', '--source', 'app')).toMatchObject({ code: 1, err: 'floe: 3 records stay open\n' });
    expect(await floe('replay', '--reason', 'clikc', '--patch', PATCH, '--dry-run')).toMatchObject({ code: 0 });
    expect(await states()).toEqual(before);

    const replayed = await floe('replay', '--hash', hashOf(E2), '--reason', 'event_type: unknown value', '--patch', PATCH, '--note', 'a typo');
    expect(replayed).toMatchObject({ code: 0, err: '' });
    expect(await stateOf(E2)).toEqual({ status: 'replayed', seen_count: '1', replayed_as: hashOf(appEvent('E2', 'click')) });
    expect(await floe('replay', '--hash', hashOf(E2), '--patch', PATCH)).toMatchObject({ code: 0, err: '', out: expect.stringContaining('nothing to do') as string });
    expect(await lastDecision()).toContain(/decision (\S+)/.exec(replayed.out)?.[1]);
    expect((await apply(await lastDecision())).changedTables).toEqual([]); // the same decision again changes nothing

    expect(await floe('replay', '--source', 'users', '--patch', '{"country":"PE"}')).toMatchObject({ code: 0 });
    const rows = await floe('replay', '--source', 'transactions', '--patch', '{"amount":"12.50"}', '--json');
    expect(rows).toMatchObject({ code: 1 }); // the file stays open
    expect(JSON.parse(rows.out)).toMatchObject({ matching: 2, marked: 1, refused: [{ reasons: [expect.stringContaining('deliver the corrected file')] }] });

    await sendWithoutMark(E3);
    await run();
    expect(await events()).toEqual(['E1', 'E2', 'E3']);
    expect(await lake.query("SELECT event_details FROM silver.events WHERE event_id = 'E2'")).toEqual([{ event_details: '{"price":35.790}' }]);
    expect(await lake.query('SELECT amount, source_file, arrival_timestamp FROM silver.transactions')).toEqual([{ amount: '12.50', source_file: '/in/one.csv', arrival_timestamp: AT }]);
    expect(await lake.query('SELECT country, valid_from FROM silver.users')).toEqual([{ country: 'PE', valid_from: AT }]);
    expect(await lake.query('SELECT total_events, transaction_amount, country FROM gold.user_session_analysis')).toEqual([{ total_events: '3', transaction_amount: '12.50', country: 'PE' }]);
    expect(await lake.query('SELECT status, count(*) AS n, sum(seen_count) AS seen FROM silver.quarantine GROUP BY 1 ORDER BY 1')).toEqual([{ status: 'open', n: '3', seen: '3' }, { status: 'replayed', n: '3', seen: '3' }]);
  }, 120_000);

  test('that were sent but not marked, for the command was killed, are replayed again without harm; that come again are open again', async () => {
    expect(await stateOf(E3)).toMatchObject({ status: 'open' }); // sent by the first test
    expect(await floe('replay', '--hash', hashOf(E3), '--patch', PATCH)).toMatchObject({ code: 0 });
    expect(await stateOf(E3)).toMatchObject({ status: 'replayed', seen_count: '1' });
    await publish(E2, 'not json');
    expect((await run()).changedTables).not.toContain('gold.user_session_analysis');
    expect(await events()).toEqual(['E1', 'E2', 'E3']);
    expect(await stateOf(E2)).toMatchObject({ status: 'open', seen_count: '2' });
  }, 120_000);

  test('that come again once they are discarded stay so, and are counted; that came again before are not hidden', async () => {
    // Two decisions at once: one waits for the other.
    const both = await Promise.all([floe('discard', '--hash', hashOf(E2).slice(0, 16), '--note', 'no more'), floe('discard', '--reason', 'payload: not JSON')]);
    expect(both.map(({ code, err }) => [code, err])).toEqual([[0, ''], [0, '']]);
    const decision = createDecision({ action: 'discard', note: null, patch: null, selection: {}, rows: [{ recordHash: hashOf(E4), sourceSystem: 'app', seenCount: 1, firstSeenDate: new Date().toISOString().slice(0, 10), replayedAs: null }] }, new Date());
    const key = await putDecision(createObjects(lake.clients.s3, BUCKET), decision);
    await publish(E2, E4);
    await run();
    expect(await stateOf(E2)).toMatchObject({ status: 'discarded', seen_count: '3' });
    expect((await apply(key)).changedTables).toEqual([]);
    expect(await stateOf(E4)).toMatchObject({ status: 'open', seen_count: '2' });
  }, 120_000);

  test('keep what was decided about them when the lake goes back', async () => {
    const before = await states();
    const dryRun = await rollback('--to', first.runId, '--dry-run');
    expect(dryRun).toMatchObject({ code: 0, out: expect.stringMatching(/kept: discard of 1 quarantined record, decision \S+ \(no more\)/) as string });
    const back = await lake.rollback(first.runId);
    expect(back.decisions).toHaveLength(7);
    const isOpen = ({ status }: Row): boolean => status === 'open';
    const kept = await states();
    expect(kept.filter((row) => !isOpen(row))).toEqual(before.filter((row) => !isOpen(row)));
    expect(kept.filter(isOpen).map((row) => row['seen_count'])).toEqual(['1', '1']); // E4 and the file, as they were
    expect(await events()).toEqual(['E1']);
    await run();
    expect(await states()).toEqual(before);
    expect(await events()).toEqual(['E1', 'E2', 'E3']);
  }, 120_000);

  test.each<[string[], number, string]>([
    [['replay'], 2, 'floe: say which records: --source, --reason, --since, --until or --hash\n'],
    [['replay', '--source', 'app', '--patch', '{'], 2, 'floe: --patch: the patch is not JSON\n'],
    [['discard', '--source', 'app', '--patch', '{"a":1}'], 2, "floe: unknown option '--patch'\n"],
    [['show', 'abc'], 2, "floe: command-argument value 'abc' is invalid for argument 'hash'. Expected a record_hash, or at least 8 digits of its beginning (floe quarantine list).\n"],
    [['show', '00000000'], 1, 'floe: no quarantined record has a record_hash that begins with 00000000\n'],
    [['list', '--since', 'yesterday'], 2, "floe: option '--since <time>' argument 'yesterday' is invalid. Expected a time, UTC, such as 2025-11-07 or 2025-11-07T19:46:52Z.\n"],
    [['discard', '--reason', "it's", '--since', '2025-11-07', '--until', '2025-11-07T23:00:00+02:00'], 0, ''],
  ])('%j ends with %d', async (args, code, err) => expect(await floe(...args)).toMatchObject({ code, err }));
});
