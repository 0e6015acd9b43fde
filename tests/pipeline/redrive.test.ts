import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { createCapture, captureDefaults } from '../../src/lib/capture/index.ts';
import type { FirehoseAnswer, FirehoseEvent, FirehoseResult } from '../../src/lib/capture/index.ts';
import { createObjects, createStateTable } from '../../src/lib/aws/index.ts';
import { countUndelivered, createErrorLedger } from '../../src/lib/redeliver/index.ts';
import type { RedriveOutcome } from '../../src/lib/redeliver/index.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';

const BUCKET = 'floe-dev-lake-000000000000';
const CAPTURE = 'floe-dev-capture';
const RECORDS = 400;

/** Every tenth is against its contract, one id in twenty comes twice; what capture makes of a record hangs on its session. */
const recordOf = (index: number): string => {
  const session = ['well', 'timeout', 'refused', 'spoilt'][index % 4] ?? '';
  const id = index % 20 === 19 ? index - 4 : index;
  return `{"event_id":"E${id}","session_id":"${session}","user_id":"U${index % 7}","event_type":"${index % 10 === 0 ? 'veiw' : 'click'}","event_timestamp":"2025-11-01T09:${String(index % 60).padStart(2, '0')}:00"}`;
};

describe('records that Firehose could not deliver', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
    registerFaultyCapture();
  }, 60_000);
  afterAll(() => lake.stop());

  /** Capture as it is, but for the records of three sessions: it ends late, finds no room for them, or gives rows that do not fit the table. */
  const registerFaultyCapture = (): void => {
    const { functions } = lake.cloud;
    const { definition } = functions.find(CAPTURE);
    const objects = createObjects(lake.clients.s3, BUCKET);
    const narrow = createCapture({ objects, clock: () => new Date() }, { ...captureDefaults, largestAnswerBytes: 1 });
    const spoil = ({ data, ...result }: FirehoseResult): FirehoseResult => ({ ...result, data: Buffer.from(Buffer.from(data, 'base64').toString().replace('"contract_version":1', '"contract_version":"one"')).toString('base64') });
    functions.register({
      ...definition,
      handler: async (event, context) => {
        const { records, ...rest } = event as FirehoseEvent;
        const isOf = (session: string) => (data: string): boolean => Buffer.from(data, 'base64').includes(`"session_id":"${session}"`);
        if (records.every(({ data }) => isOf('timeout')(data))) throw new Error('Task timed out after 60.00 seconds');
        const { records: rows } = (await definition.handler({ ...rest, records }, context)) as FirehoseAnswer;
        const { answer } = await narrow({ ...rest, records });
        return { records: rows.map((row, index) => (isOf('refused')(records[index]!.data) ? answer.records[index]! : isOf('spoilt')(records[index]!.data) ? spoil(row) : row)) };
      },
    });
  };

  /** Firehose delivers what was put together; a batch of one session keeps the failures of a batch apart. */
  const put = async (session: number): Promise<void> => {
    const ofSession = Array.from({ length: RECORDS }, (_, index) => index).filter((index) => index % 4 === session);
    await lake.clients.kinesis.send(new PutRecordsCommand({ StreamName: 'floe-dev-events', Records: ofSession.map((index) => ({ PartitionKey: String(index), Data: Buffer.from(recordOf(index)) })) }));
    await lake.cloud.firehose.flush('floe-dev-events');
  };

  const count = async (sql: string): Promise<number> => Number((await lake.query(sql))[0]!['n']);
  const bronzeRows = (): Promise<number> => count('SELECT count(*) AS n FROM bronze.events');
  const undelivered = () => countUndelivered({ objects: createObjects(lake.clients.s3, BUCKET), errorLedger: createErrorLedger(createStateTable(lake.clients.dynamodb, 'floe-dev-ledger', 'file')) });
  const redrive = async (): Promise<RedriveOutcome> => {
    const outcome = await lake.cloud.functions.invoke('floe-dev-redrive', {});
    if (!outcome.ok) throw new Error(outcome.errorMessage);
    return outcome.payload as RedriveOutcome;
  };

  test('records put = rows in bronze + records below the error prefix, at every moment', async () => {
    for (const session of [0, 1, 2, 3]) {
      await put(session);
      expect(await bronzeRows() + (await undelivered()).records).toBe((session + 1) * (RECORDS / 4));
    }
    expect(await bronzeRows()).toBe(RECORDS / 4);
  }, 60_000);

  test('a run takes what was delivered, and says how many records wait', async () => {
    expect((await lake.run()).undelivered).toEqual({ objects: 3, records: 0, uncounted: 3 });
  }, 60_000);

  test('a re-drive brings all of them to bronze, once, however many calls there are', async () => {
    const outcomes = await Promise.all([redrive(), redrive()]);
    outcomes.push(await redrive(), await redrive());
    expect(outcomes.reduce((sum, { redriven }) => sum + redriven, 0)).toBe((RECORDS / 4) * 3);
    expect(outcomes.at(-1)).toEqual({ found: { objects: 0, records: 0, uncounted: 0 }, redriven: 0, quarantined: 0, unreadable: 0, left: { objects: 0, records: 0, uncounted: 0 } });
    expect(await undelivered()).toEqual({ objects: 0, records: 0, uncounted: 0 });
    expect(await bronzeRows()).toBe(RECORDS);
    expect(await count('SELECT count(DISTINCT origin) AS n FROM bronze.events')).toBe(RECORDS);
  }, 60_000);

  test('after the next run each is in silver, a duplicate, or in quarantine, and gold.run_audit says so', async () => {
    expect((await lake.run()).undelivered).toEqual({ objects: 0, records: 0, uncounted: 0 });
    const valid = Array.from({ length: RECORDS }, (_, index) => recordOf(index)).filter((record) => record.includes('click'));
    const ids = new Set(valid.map((record) => (JSON.parse(record) as { event_id: string }).event_id));
    expect(await count('SELECT count(*) AS n FROM silver.events')).toBe(ids.size);
    expect(await count('SELECT sum(seen_count) AS n FROM silver.quarantine')).toBe(RECORDS - valid.length);
    expect(await lake.query('SELECT sum(bronze_rows) AS came, sum(silver_rows + duplicates + quarantined) AS went FROM gold.run_audit')).toEqual([{ came: String(RECORDS), went: String(RECORDS) }]);
    expect(await count("SELECT sum(total_events) AS n FROM gold.user_session_analysis")).toBe(ids.size);
    expect((await lake.run()).changedTables).toEqual([]);
  }, 60_000);
});
