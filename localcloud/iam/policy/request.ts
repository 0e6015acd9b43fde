import type { ConditionKeys } from '../../core/caller.ts';

/** Condition keys by their names in lower case: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
export type Keys = Pick<ReadonlyMap<string, readonly string[]>, 'get' | 'has'>;

/** Who asks, as the Principal of a resource's policy names it. */
export interface Principal {
  /** The session's ARN and its role's; empty for a service. */
  arns: readonly string[];
  accountId: string;
  /** `lambda.amazonaws.com`, where a service itself asks. */
  service?: string;
}

/** What a policy decides about. */
export interface PolicyRequest {
  action: string;
  resource: string;
  keys: Keys;
  principal: Principal;
}

export const keysOf = (...sets: readonly (ConditionKeys | undefined)[]): Keys =>
  new Map(sets.flatMap((set) => Object.entries(set ?? {}).map(([name, value]) => [name.toLowerCase(), [value].flat()] as const)));

/** Keys that are put together only when a policy asks for one, as few do. */
export const lazyKeys = (make: () => Keys): Keys => {
  let made: Keys | undefined;
  const keys = (): Keys => (made ??= make());
  return { get: (name) => keys().get(name), has: (name) => keys().has(name) };
};
