import type { CreateDeliveryStreamCommandInput, DeliveryStreamDescription, ExtendedS3DestinationUpdate } from '@aws-sdk/client-firehose';
import { CreateDeliveryStreamCommand, DescribeDeliveryStreamCommand, UpdateDestinationCommand } from '@aws-sdk/client-firehose';
import type { KindContext, ResourceKind } from '../kind.ts';
import { covers, requiredText, unlessMissing, waitFor } from '../kind.ts';
import type { TemplateValue } from '../types.ts';
import { isObject } from '../values.ts';

const DESTINATION = 'ExtendedS3DestinationConfiguration';

export const deliveryStream: ResourceKind = {
  applied: ['DeliveryStreamName', 'DeliveryStreamType', 'KinesisStreamSourceConfiguration', DESTINATION],
  ignored: ['DeliveryStreamEncryptionConfigurationInput', 'Tags'],
  async apply(context) {
    const name = requiredText(context, 'DeliveryStreamName');
    const destination = withNumbers(context.properties[DESTINATION] ?? null);
    const existing = await describe(context, name);
    if (!existing) await create(context, destination);
    const description = await waitFor(`delivery stream ${name}`, async () => active(await describe(context, name)));
    const updated = existing !== undefined && (await update(context, description, destination));
    return { ref: name, attributes: { Arn: description.DeliveryStreamARN ?? '' }, status: existing ? (updated ? 'updated' : 'unchanged') : 'created' };
  },
};

const describe = async (context: KindContext, name: string): Promise<DeliveryStreamDescription | undefined> =>
  (await unlessMissing(['ResourceNotFoundException'], () => context.clients.firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }))))
    ?.DeliveryStreamDescription;

const active = (description: DeliveryStreamDescription | undefined): DeliveryStreamDescription | undefined => {
  if (description?.DeliveryStreamStatus === 'CREATING_FAILED') throw new Error(`could not be created: ${description.FailureDescription?.Details ?? 'no reason given'}`);
  return description?.DeliveryStreamStatus === 'ACTIVE' ? description : undefined;
};

// The template's property names are the API's.
const create = async (context: KindContext, destination: TemplateValue): Promise<void> => {
  await context.clients.firehose.send(new CreateDeliveryStreamCommand({ ...context.properties, [DESTINATION]: destination } as unknown as CreateDeliveryStreamCommandInput));
};

const update = async (context: KindContext, description: DeliveryStreamDescription, destination: TemplateValue): Promise<boolean> => {
  const current = description.Destinations?.[0];
  if (covers(current?.ExtendedS3DestinationDescription, destination)) return false;
  await context.clients.firehose.send(
    new UpdateDestinationCommand({
      DeliveryStreamName: description.DeliveryStreamName,
      CurrentDeliveryStreamVersionId: description.VersionId,
      DestinationId: current?.DestinationId,
      ExtendedS3DestinationUpdate: destination as ExtendedS3DestinationUpdate,
    }),
  );
  return true;
};

/** CloudFormation takes the buffer's hints as text too, the API numbers only. */
const withNumbers = (destination: TemplateValue): TemplateValue => {
  const hints = isObject(destination) ? destination['BufferingHints'] : undefined;
  if (!isObject(destination) || !isObject(hints)) return destination;
  return { ...destination, BufferingHints: Object.fromEntries(Object.entries(hints).map(([name, value]) => [name, Number(value)])) };
};
