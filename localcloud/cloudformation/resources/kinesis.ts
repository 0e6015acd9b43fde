import type { StreamDescriptionSummary, StreamModeDetails } from '@aws-sdk/client-kinesis';
import { CreateStreamCommand, DescribeStreamSummaryCommand, IncreaseStreamRetentionPeriodCommand } from '@aws-sdk/client-kinesis';
import type { KindContext, ResourceKind } from '../kind.ts';
import { optionalNumber, requiredText, unlessMissing, waitFor } from '../kind.ts';

/** A new stream keeps its records for so long (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html). */
const DEFAULT_RETENTION_HOURS = 24;

export const kinesisStream: ResourceKind = {
  applied: ['Name', 'RetentionPeriodHours', 'ShardCount', 'StreamModeDetails'],
  ignored: ['StreamEncryption', 'Tags'],
  async apply(context) {
    const name = requiredText(context, 'Name');
    const existing = await describe(context, name);
    if (!existing) await create(context, name);
    const summary = await waitFor(`stream ${name}`, async () => active(await describe(context, name)));
    const extended = await extendRetention(context, summary);
    return { ref: name, attributes: { Arn: summary.StreamARN ?? '' }, status: existing ? (extended ? 'updated' : 'unchanged') : 'created' };
  },
};

const describe = async (context: KindContext, name: string): Promise<StreamDescriptionSummary | undefined> =>
  (await unlessMissing(['ResourceNotFoundException'], () => context.clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }))))?.StreamDescriptionSummary;

const active = (summary: StreamDescriptionSummary | undefined): StreamDescriptionSummary | undefined => (summary?.StreamStatus === 'ACTIVE' ? summary : undefined);

const create = async (context: KindContext, StreamName: string): Promise<void> => {
  const mode = context.properties['StreamModeDetails'] as StreamModeDetails | undefined;
  const shards = optionalNumber(context, 'ShardCount');
  await context.clients.kinesis.send(new CreateStreamCommand({ StreamName, ...(mode ? { StreamModeDetails: mode } : {}), ...(shards === undefined ? {} : { ShardCount: shards }) }));
};

/** A shorter retention than the stream has would throw records away: it is left to a person. */
const extendRetention = async (context: KindContext, summary: StreamDescriptionSummary): Promise<boolean> => {
  const wanted = optionalNumber(context, 'RetentionPeriodHours') ?? DEFAULT_RETENTION_HOURS;
  if (wanted <= (summary.RetentionPeriodHours ?? DEFAULT_RETENTION_HOURS)) return false;
  await context.clients.kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName: summary.StreamName, RetentionPeriodHours: wanted }));
  return true;
};
