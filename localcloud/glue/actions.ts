import { AwsError } from '../core/errors.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { Input, page } from './input.ts';
import { violation } from './limits.ts';

export type Actions = Record<string, JsonAction>;

/** An action on checked input. */
export const action =
  (run: (input: Input) => unknown): JsonAction =>
  (input) =>
    run(new Input(input, 'InvalidInputException'));

/**
 * One page of what is listed.
 * @param most the largest `MaxResults`, also the size of a page where none is named
 */
export const listed = <T>(input: Input, items: readonly T[], most: number): { items: T[]; nextToken: string | undefined } => {
  const size = input.optionalNumber('MaxResults') ?? most;
  if (!Number.isInteger(size) || size < 1) throw violation(size, 'maxResults', 'Member must have value greater than or equal to 1');
  if (size > most) throw violation(size, 'maxResults', `Member must have value less than or equal to ${most}`);
  return page(items, input.optionalText('NextToken'), size, () => input.refuse('Invalid NextToken'));
};

/** Members that AWS would act on and this cloud cannot. */
export const refuseMembers = (input: Input, actionName: string, members: readonly string[]): void => {
  const given = members.find((member) => input.has(member));
  if (given !== undefined) throw new AwsError('NotImplementedException', `glue: ${actionName} with ${given} is not supported locally`, { status: 501 });
};

/** Runs each item; what the service refuses is listed, as the Batch actions answer it, and does not stop the others. */
export const collectErrors = <T>(items: readonly T[], run: (item: T) => void, name: (item: T) => Record<string, unknown>): unknown[] =>
  items.flatMap((item) => {
    try {
      run(item);
      return [];
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return [{ ...name(item), ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } }];
    }
  });
