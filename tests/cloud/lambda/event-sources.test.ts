import { DeleteEventSourceMappingCommand, GetEventSourceMappingCommand, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { LambdaService } from '../../../localcloud/lambda/index.ts';
import { queueArn, sequenceNumbersOf, SourceBench, streamArn, textsOf } from './source-bench.ts';

let bench: SourceBench;
beforeEach(async () => void (bench = await new SourceBench().open()));
afterEach(() => bench.close());

interface SqsRecord {
  messageId: string;
  body: string;
  messageAttributes: Record<string, unknown>;
  attributes: Record<string, string>;
}
const recordsOf = (event: unknown): SqsRecord[] => (event as { Records: SqsRecord[] }).Records;

describe('a function on a queue', () => {
  test('gets messages in AWS’s shape; what it did is deleted', async () => {
    const events: unknown[] = [];
    bench.register(async (event) => void events.push(event));
    await bench.queue('q');
    await bench.map({ EventSourceArn: queueArn('q') });
    await bench.sqs.send(queueArn('q'), 'hello', { n: { dataType: 'Number', value: '1' } });
    await bench.until(async () => events.length > 0 && (await bench.counts('q')).join() === '0,0');
    expect(recordsOf(events[0])).toMatchObject([{ body: 'hello', eventSource: 'aws:sqs', eventSourceARN: queueArn('q'), awsRegion: 'eu-west-1', messageAttributes: { n: { stringValue: '1', dataType: 'Number' } }, attributes: { ApproximateReceiveCount: '1' } }]);
  });

  test('gets a failed batch again after the visibility timeout, then it is left to the dead-letter queue', async () => {
    let calls = 0;
    bench.register(async () => {
      calls += 1;
      throw new Error('poison');
    });
    await bench.queue('dead');
    await bench.queue('q', { VisibilityTimeout: '10', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead'), maxReceiveCount: 2 }) });
    await bench.map({ EventSourceArn: queueArn('q') });
    await bench.sqs.send(queueArn('q'), 'x');
    await bench.until(async () => (await bench.counts('dead'))[0] === 1, 1_000);
    expect(calls).toBe(2);
  });

  test('that reports failures has only those again', async () => {
    const seen: string[][] = [];
    bench.register(async (event) => {
      const records = recordsOf(event);
      seen.push(records.map(({ body }) => body));
      return { batchItemFailures: records.filter(({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount === '1').map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });
    await bench.queue('q', { VisibilityTimeout: '10' });
    for (const body of ['good', 'bad', 'fine']) await bench.sqs.send(queueArn('q'), body);
    await bench.map({ EventSourceArn: queueArn('q'), FunctionResponseTypes: ['ReportBatchItemFailures'] });
    await bench.until(async () => seen.length >= 2 && (await bench.counts('q')).join() === '0,0', 1_000);
    expect(seen).toEqual([['good', 'bad', 'fine'], ['bad']]);
  });

  test('with a window gets more messages at once than one receive gives', async () => {
    const sizes: number[] = [];
    bench.register(async (event) => void sizes.push(recordsOf(event).length));
    await bench.queue('q');
    for (let message = 0; message < 25; message++) await bench.sqs.send(queueArn('q'), String(message));
    await bench.map({ EventSourceArn: queueArn('q'), BatchSize: 25, MaximumBatchingWindowInSeconds: 5 });
    await bench.until(() => sizes.length > 0);
    expect(sizes).toEqual([25]);
  });
});

describe('a function on a stream', () => {
  test('gets each shard’s records in order, from where it is to begin', async () => {
    const got: string[] = [];
    bench.register(async (event) => void got.push(...textsOf(event)));
    await bench.stream('s');
    await bench.put('s', ['a', 'b', 'c']);
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', BatchSize: 2 });
    await bench.until(() => got.length === 3);
    await bench.put('s', ['d']);
    await bench.until(() => got.length === 4);
    expect(got).toEqual(['a', 'b', 'c', 'd']);
  });

  test('from LATEST misses what was there, from a time gets what came since', async () => {
    const [latest, since]: [string[], string[]] = [[], []];
    bench.register(async (event) => void latest.push(...textsOf(event)));
    bench.register(async (event) => void since.push(...textsOf(event)), 'g');
    await bench.stream('s');
    await bench.put('s', ['old']);
    await bench.timers.advance(60_000);
    const StartingPositionTimestamp = bench.timers.now();
    await bench.put('s', ['middle']);
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'LATEST' });
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp }, 'g');
    await bench.put('s', ['new']);
    await bench.until(() => latest.length > 0 && since.length > 1);
    expect([latest, since]).toEqual([['new'], ['middle', 'new']]);
  });

  test('has a failed batch again until it succeeds; nothing overtakes it, other shards go on', async () => {
    const got: string[] = [];
    let failures = 3;
    bench.register(async (event) => {
      if (textsOf(event).includes('stubborn') && (failures -= 1) >= 0) throw new Error('not yet');
      got.push(...textsOf(event));
    });
    await bench.stream('s', 2);
    await bench.put('s', ['stubborn', 'behind'], 'k'); // with MD5 k and a lie in different halves
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', BatchSize: 1 });
    await bench.put('s', ['elsewhere'], 'a');
    await bench.until(() => got.length === 3);
    expect(got).toEqual(['elsewhere', 'stubborn', 'behind']);
  });

  test('that reports the first failed record has the others again from there', async () => {
    const calls: string[][] = [];
    bench.register(async (event) => {
      const texts = textsOf(event);
      calls.push(texts);
      const place = calls.length < 3 ? texts.indexOf('c') : -1;
      return { batchItemFailures: place < 0 ? [] : [{ itemIdentifier: sequenceNumbersOf(event)[place] }] };
    });
    await bench.stream('s');
    await bench.put('s', ['a', 'b', 'c', 'd']);
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', FunctionResponseTypes: ['ReportBatchItemFailures'] });
    await bench.until(() => calls.length === 3);
    expect(calls).toEqual([['a', 'b', 'c', 'd'], ['c', 'd'], ['c', 'd']]);
  });

  test('bisecting finds the poison record; it alone is given up, and the queue is told which', async () => {
    const got: string[] = [];
    bench.register(async (event) => {
      if (textsOf(event).includes('poison')) throw new Error('poison');
      got.push(...textsOf(event));
    });
    await bench.stream('s');
    await bench.queue('lost');
    await bench.put('s', ['a', 'b', 'poison', 'c', 'd']);
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: queueArn('lost') } } });
    await bench.until(() => got.length === 4);
    expect(got).toEqual(['a', 'b', 'c', 'd']);
    const [told] = (await bench.bodies('lost')).map((body) => JSON.parse(body) as Record<string, unknown>);
    expect(told).toMatchObject({ version: '1.0', requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 }, KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1, streamArn: streamArn('s') } });
  });

  test('drops records that are too old; a bucket gets what they held', async () => {
    const got: string[] = [];
    bench.register(async (event) => void got.push(...textsOf(event)));
    bench.store.createBucket('lost');
    await bench.stream('s');
    await bench.put('s', ['old']);
    await bench.timers.advance(120_000);
    await bench.put('s', ['new']);
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', MaximumRecordAgeInSeconds: 60, DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::lost' } } });
    await bench.until(() => got.length > 0);
    expect(got).toEqual(['new']);
    const [object] = await bench.store.list('lost', '');
    const told = JSON.parse((await bench.store.get('lost', object!.key))!.toString()) as { payload: string; requestContext: unknown };
    expect(told).toMatchObject({ requestContext: { condition: 'RecordAgeExceeded' } });
    expect(told.payload).toContain(Buffer.from('old').toString('base64'));
  });

  test('with a window waits for more, but no longer', async () => {
    const calls: string[][] = [];
    bench.register(async (event) => void calls.push(textsOf(event)));
    await bench.stream('s');
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', MaximumBatchingWindowInSeconds: 10 });
    await bench.put('s', ['a']);
    await bench.timers.advance(5_000);
    await bench.put('s', ['b']);
    await bench.timers.advance(4_000);
    expect(calls).toEqual([]);
    await bench.until(() => calls.length > 0);
    expect(calls).toEqual([['a', 'b']]);
  });

  test('gets the records of a shard’s children only after its own', async () => {
    const got: string[] = [];
    bench.register(async (event) => {
      if (got.length === 0 && textsOf(event).includes('a')) await bench.put('s', ['child'], 'k');
      got.push(...textsOf(event));
    });
    await bench.stream('s');
    await bench.put('s', ['a', 'b', 'c']);
    await bench.call('Kinesis_20131202.SplitShard', { StreamName: 's', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: '170141183460469231731687303715884105728' });
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', BatchSize: 1 });
    await bench.until(() => got.length === 4);
    expect(got).toEqual(['a', 'b', 'c', 'child']);
  });

  test('goes on behind its checkpoint after a restart: what was done does not come again, the rest does', async () => {
    const got: string[] = [];
    let release = (): void => undefined;
    const handler = async (event: unknown): Promise<void> => {
      if (got.length === 2) await new Promise<void>((resolve) => (release = resolve)); // the process ends while this batch runs
      got.push(...textsOf(event));
    };
    bench.lambda.register({ name: 'f', timeoutSeconds: 60, handler });
    await bench.stream('s');
    await bench.put('s', ['a', 'b', 'c']);
    await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON', BatchSize: 1 });
    await bench.until(() => got.length === 2);
    const after: string[] = [];
    const next = new LambdaService({ dataDir: bench.dataDir, region: 'eu-west-1', timers: bench.timers, logs: { write: () => undefined }, sources: { queues: bench.sqs, streams: bench.kinesis } });
    next.register({ name: 'f', timeoutSeconds: 5, handler: async (event) => void after.push(...textsOf(event)) });
    await bench.until(() => after.length > 0);
    expect(after).toEqual(['c']);
    await next.stop();
    release();
  });
});

describe('mappings', () => {
  test('are described, changed, switched off and deleted', async () => {
    const got: string[] = [];
    bench.register(async (event) => void got.push(...textsOf(event)));
    await bench.stream('s');
    const UUID = await bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'TRIM_HORIZON' });
    expect(await bench.client.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({ State: 'Enabled', BatchSize: 100, MaximumRetryAttempts: -1, StartingPosition: 'TRIM_HORIZON', FunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f' });
    await expect(bench.map({ EventSourceArn: streamArn('s'), StartingPosition: 'LATEST' })).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await bench.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false, BatchSize: 7 }));
    await bench.put('s', ['a']);
    await bench.timers.advance(5_000);
    expect(got).toEqual([]);
    expect((await bench.client.send(new ListEventSourceMappingsCommand({ FunctionName: 'f' }))).EventSourceMappings).toMatchObject([{ UUID, State: 'Disabled', BatchSize: 7 }]);
    await bench.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await bench.until(() => got.length === 1);
    await bench.client.send(new DeleteEventSourceMappingCommand({ UUID }));
    await expect(bench.client.send(new GetEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await bench.put('s', ['b']);
    await bench.timers.advance(5_000);
    expect(got).toEqual(['a']);
  });

  test.each<[string, Parameters<SourceBench['map']>[0], string]>([
    ['another source', { EventSourceArn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/x' }, 'InvalidParameterValueException'],
    ['a missing stream', { EventSourceArn: streamArn('none'), StartingPosition: 'LATEST' }, 'ResourceNotFoundException'],
    ['a stream without a start', { EventSourceArn: streamArn('s') }, 'InvalidParameterValueException'],
    ['a filter', { EventSourceArn: streamArn('s'), StartingPosition: 'LATEST', FilterCriteria: { Filters: [{ Pattern: '{}' }] } }, 'InvalidParameterValueException'],
    ['parallel batches', { EventSourceArn: streamArn('s'), StartingPosition: 'LATEST', ParallelizationFactor: 2 }, 'InvalidParameterValueException'],
    ['a large batch of a queue without a window', { EventSourceArn: queueArn('q'), BatchSize: 11 }, 'InvalidParameterValueException'],
    ['a start in a queue', { EventSourceArn: queueArn('q'), StartingPosition: 'LATEST' }, 'InvalidParameterValueException'],
    ['a queue whose messages come again while the function may run', { EventSourceArn: queueArn('short') }, 'InvalidParameterValueException'],
  ])('with %s are refused', async (_, input, name) => {
    bench.register(async () => undefined);
    await bench.stream('s');
    await bench.queue('q');
    await bench.queue('short', { VisibilityTimeout: '4' });
    await expect(bench.map(input)).rejects.toMatchObject({ name });
  });
});
