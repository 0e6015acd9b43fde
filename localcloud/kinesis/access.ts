import { accessTo } from '../core/caller.ts';
import { arn } from '../core/service.ts';
import { streamOfIterator } from './get-actions.ts';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html */
export const kinesisAccess = accessTo<Record<string, unknown>>('kinesis', (input, region) => {
  const iterator = textOf(input['ShardIterator']);
  const names = [textOf(input['StreamName']), iterator === undefined ? undefined : streamOfIterator(iterator)].filter((name) => name !== undefined);
  const arns = [input['StreamARN'], input['ConsumerARN'], input['ResourceARN']].filter((named) => typeof named === 'string');
  return [...new Set([...arns, ...names.map((name) => arn('kinesis', region, `stream/${name}`))])];
});
