import type { AccessRule, Refuse } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { arn } from '../core/service.ts';

/** Batches are the action of their single request: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html */
const OF_BATCHES = /Batch$/;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
export const sqsAccess =
  (policyOf: (queueArn: string) => string | undefined): AccessRule<Record<string, unknown>> =>
  (action, input, region) => {
    const { QueueUrl: url, QueueName: name, SourceArn: source } = input;
    const queue = typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : name;
    const named = [source, typeof queue === 'string' ? arn('sqs', region, queue) : undefined].filter((resource) => typeof resource === 'string');
    return (named.length === 0 ? ['*'] : named).map((resource) => ({ action: `sqs:${action.replace(OF_BATCHES, '')}`, resource, resourcePolicy: policyOf(resource) }));
  };

export const sqsAccessDenied: Refuse = (reason) => new AwsError('AccessDenied', reason, { status: 403 });
