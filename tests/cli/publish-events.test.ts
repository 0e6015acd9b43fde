import { spawnSync } from 'node:child_process';
import type { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { StreamInput } from '../../cli/input/sources.ts';
import { publishEvents } from '../../cli/publish/events.ts';

type PutRecords = PutRecordsCommand['input'];

/** A stream that answers with the error codes it is told, call by call. */
const fakeKinesis = (answer: (call: number, records: NonNullable<PutRecords['Records']>) => (string | undefined)[] = () => []): { kinesis: KinesisClient; calls: PutRecords[] } => {
  const calls: PutRecords[] = [];
  const kinesis = {
    send: async ({ input }: PutRecordsCommand) => {
      calls.push(input);
      const codes = answer(calls.length, input.Records ?? []);
      return { Records: (input.Records ?? []).map((_, at) => ({ ErrorCode: codes[at] })) };
    },
  } as unknown as KinesisClient;
  return { kinesis, calls };
};

const record = (text: string, line = 1): StreamInput => ({ file: 'f.jsonl', line, size: text.length, bytes: Buffer.from(text) });
const sleep = async (): Promise<void> => undefined;
const sentTexts = (calls: PutRecords[]): string[] => calls.flatMap((call) => (call.Records ?? []).map(({ Data }) => Buffer.from(Data ?? []).toString()));

test('records of a session share a partition key; broken ones are sent too', async () => {
  const { kinesis, calls } = fakeKinesis();
  const records = [record('{"event_id":"1","session_id": "S1"}'), record('{"user_session":"W2"}'), record('not json')];
  expect(await publishEvents({ kinesis, stream: 's', records, sleep })).toEqual({ published: 3, rejected: [] });
  expect(calls[0]?.Records?.map(({ PartitionKey }) => PartitionKey)).toEqual(['S1', 'W2', 'none']);
});

test('no call is above 500 records or 5 MiB', async () => {
  const { kinesis, calls } = fakeKinesis();
  const records = [...Array.from({ length: 1200 }, (_, at) => record(`{"n":${at}}`)), ...Array.from({ length: 12 }, () => record('x'.repeat(1_000_000)))];
  const { published } = await publishEvents({ kinesis, stream: 's', records, sleep });
  expect(published).toBe(1212);
  for (const { Records = [] } of calls) {
    expect(Records.length).toBeLessThanOrEqual(500);
    expect(Records.reduce((sum, { Data, PartitionKey }) => sum + (Data?.length ?? 0) + (PartitionKey?.length ?? 0), 0)).toBeLessThanOrEqual(5 << 20);
  }
});

test('only the records that were turned down are sent again', async () => {
  const { kinesis, calls } = fakeKinesis((call) => (call === 1 ? [undefined, 'ProvisionedThroughputExceededException'] : []));
  const { published } = await publishEvents({ kinesis, stream: 's', records: [record('a'), record('b'), record('c')], sleep });
  expect(published).toBe(3);
  expect(sentTexts(calls)).toEqual(['a', 'b', 'c', 'b']);
});

test('a stream that goes on turning records down is an error that says why', async () => {
  const { kinesis } = fakeKinesis(() => ['InternalFailure']);
  await expect(publishEvents({ kinesis, stream: 'events', records: [record('a')], sleep })).rejects.toThrow('events: 1 records were turned down 8 times (InternalFailure)');
});

test('a record too large for the stream is told by file and line, the others are sent', async () => {
  const { kinesis, calls } = fakeKinesis();
  const records = [record('a'), { file: 'f.jsonl', line: 7, size: 2_000_000, bytes: undefined }, record('b')];
  expect(await publishEvents({ kinesis, stream: 's', records, sleep })).toEqual({ published: 2, rejected: [{ file: 'f.jsonl', line: 7, size: 2_000_000 }] });
  expect(sentTexts(calls)).toEqual(['a', 'b']);
});

/** Jest looks after unhandled rejections itself; in a process of its own one would end it, as it would end the command. */
const losesTheStream = `
  import { publishEvents } from './cli/publish/events.ts';
  const records = (async function* () {
    for (let line = 1; line <= 600; line += 1) yield { file: 'f', line, size: 2, bytes: Buffer.from('{}') };
    await new Promise((resolve) => setTimeout(resolve, 20)); // the first call has failed by the time the file is read on
  })();
  const kinesis = { send: async () => Promise.reject(new Error('connection lost')) };
  publishEvents({ kinesis, stream: 's', records }).catch((error) => console.log('told: ' + error.message));
`;

test('a stream that is lost while records are still being read is an error like any other', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', losesTheStream], { encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, 'told: connection lost\n', '']);
});
