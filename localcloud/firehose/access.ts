import type { AccessRule } from '../core/caller.ts';
import { isObject } from '../core/json-input.ts';
import { arn } from '../core/service.ts';

/** The roles that a stream's description hands to Firehose, wherever they stand in it. */
const rolesIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(rolesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => (name === 'RoleARN' && typeof member === 'string' ? [member] : rolesIn(member)));
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisfirehose.html */
export const firehoseAccess: AccessRule<Record<string, unknown>> = (action, input, region) => {
  const { DeliveryStreamName: name } = input;
  const resource = typeof name === 'string' ? arn('firehose', region, `deliverystream/${name}`) : '*';
  // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
  const passed = [...new Set(rolesIn(input))].map((role) => ({ action: 'iam:PassRole', resource: role, keys: { 'iam:PassedToService': 'firehose.amazonaws.com' } }));
  return [{ action: `firehose:${action}`, resource }, ...passed];
};
