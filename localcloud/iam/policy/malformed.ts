import { AwsError } from '../../core/errors.ts';

/** A policy that is none: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
export const malformed = (problem: string): AwsError => new AwsError('MalformedPolicyDocument', problem);
