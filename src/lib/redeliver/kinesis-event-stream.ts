import {
  DescribeStreamSummaryCommand, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand, ProvisionedThroughputExceededException,
} from '@aws-sdk/client-kinesis';
import type { GetRecordsCommandOutput, KinesisClient } from '@aws-sdk/client-kinesis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStream, StreamPosition, StreamRecord } from './event-stream.ts';

/** A shard gives 2 MB a second to all its readers together (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html): others read it too. */
const THROTTLED_MILLIS = 1_000;
const MOST_THROTTLED = 120;

const recordsOf = ({ Records: records = [] }: GetRecordsCommandOutput): StreamRecord[] =>
  records.map(({ Data: data, SequenceNumber: sequenceNumber, PartitionKey: partitionKey, ApproximateArrivalTimestamp: arrival }) => {
    if (!data || sequenceNumber === undefined || !arrival) throw new Error(`Kinesis answered a record without data, number or arrival: ${String(sequenceNumber)}`);
    return { data, sequenceNumber, partitionKey: partitionKey ?? '', arrivalMillis: arrival.getTime() };
  });

/** GetRecords, again and again while the shard's readers together ask for too much. */
const getRecords = async (kinesis: KinesisClient, iterator: string): Promise<GetRecordsCommandOutput> => {
  for (let throttled = 0; ; throttled += 1) {
    try {
      return await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }));
    } catch (error) {
      if (!(error instanceof ProvisionedThroughputExceededException) || throttled === MOST_THROTTLED) throw error;
      await sleep(THROTTLED_MILLIS);
    }
  }
};

/** The stream behind a Kinesis client. Errors other than throttling are Kinesis' own and are thrown. */
export const createKinesisEventStream = async (kinesis: KinesisClient, name: string): Promise<EventStream> => {
  const { StreamDescriptionSummary: summary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
  const { StreamARN: arn, RetentionPeriodHours: retentionHours } = summary ?? {};
  if (arn === undefined || retentionHours === undefined) throw new Error(`Kinesis answered no ARN or no retention of ${name}`);

  const iteratorFrom = async (shardId: string, from: StreamPosition): Promise<string | undefined> => {
    const start = 'at' in from ? { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: from.at } : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: from.after };
    return (await kinesis.send(new GetShardIteratorCommand({ StreamName: name, ShardId: shardId, ...start }))).ShardIterator;
  };

  return {
    arn,
    keepsFrom: async (now) => new Date(now.getTime() - retentionHours * 3_600_000),
    async shardsFrom(from) {
      const ids: string[] = [];
      let token: string | undefined;
      do {
        const page = await kinesis.send(new ListShardsCommand(token === undefined ? { StreamName: name, ShardFilter: { Type: 'FROM_TIMESTAMP', Timestamp: from } } : { NextToken: token }));
        ids.push(...(page.Shards ?? []).flatMap(({ ShardId: id }) => id ?? []));
        token = page.NextToken;
      } while (token !== undefined);
      return ids;
    },
    async *read(shardId, from) {
      let position = from;
      let iterator = await iteratorFrom(shardId, position);
      while (iterator !== undefined) {
        let answer: GetRecordsCommandOutput;
        try {
          answer = await getRecords(kinesis, iterator);
        } catch (error) {
          if (!(error instanceof ExpiredIteratorException)) throw error;
          iterator = await iteratorFrom(shardId, position); // it lives for five minutes
          continue;
        }
        const records = recordsOf(answer);
        const last = records.at(-1);
        if (last) position = { after: last.sequenceNumber };
        iterator = answer.NextShardIterator;
        yield { records, isTip: answer.MillisBehindLatest === 0 };
      }
    },
  };
};
