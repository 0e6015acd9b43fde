import type { AccessRule, Refuse } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { arn } from '../core/service.ts';

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html */
export const snsAccess =
  (policyOf: (topicArn: string) => string | undefined): AccessRule<URLSearchParams> =>
  (action, parameters, region) => {
    const subscription = parameters.get('SubscriptionArn');
    const named = [...['TopicArn', 'ResourceArn', 'TargetArn'].map((name) => parameters.get(name)), subscription?.replace(/:[^:]*$/, '')];
    const topics = named.filter((topic) => typeof topic === 'string');
    const name = parameters.get('Name');
    const resources = topics.length > 0 ? topics : [name === null ? '*' : arn('sns', region, name)];
    return resources.map((resource) => ({ action: `sns:${action === 'PublishBatch' ? 'Publish' : action}`, resource, resourcePolicy: policyOf(resource) }));
  };

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors */
export const snsAccessDenied: Refuse = (reason) => new AwsError('AuthorizationError', reason, { status: 403 });
