import { accessTo } from '../core/caller.ts';
import { arn } from '../core/service.ts';
import { streamOfIterator } from './get-actions.ts';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html */
export const kinesisAccess = accessTo<Record<string, unknown>>('kinesis', (input, region) => {
  const named = textOf(input['StreamARN']) ?? textOf(input['ConsumerARN']) ?? textOf(input['ResourceARN']);
  if (named !== undefined) return [named];
  const iterator = textOf(input['ShardIterator']);
  const name = textOf(input['StreamName']) ?? (iterator === undefined ? undefined : streamOfIterator(iterator));
  return name === undefined ? [] : [arn('kinesis', region, `stream/${name}`)];
});
