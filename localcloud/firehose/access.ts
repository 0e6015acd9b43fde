import { accessTo } from '../core/caller.ts';
import { arn } from '../core/service.ts';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisfirehose.html */
export const firehoseAccess = accessTo<Record<string, unknown>>('firehose', ({ DeliveryStreamName: name }, region) => (typeof name === 'string' ? [arn('firehose', region, `deliverystream/${name}`)] : []));
