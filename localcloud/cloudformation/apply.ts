import type { AppliedStack, ApplyOptions } from './types.ts';

/** Applies a CloudFormation template to the embedded cloud. */
export const applyTemplate = async (options: ApplyOptions): Promise<AppliedStack> => {
  throw new Error(`${options.stackName}: not there yet`);
};
