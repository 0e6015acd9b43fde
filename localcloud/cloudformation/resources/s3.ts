import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import type { ResourceKind } from '../kind.ts';
import { requiredText, unlessMissing } from '../kind.ts';

export const bucket: ResourceKind = {
  applied: ['BucketName'],
  ignored: ['BucketEncryption', 'LifecycleConfiguration', 'OwnershipControls', 'PublicAccessBlockConfiguration', 'Tags'],
  async apply(context) {
    const Bucket = requiredText(context, 'BucketName');
    const identity = { ref: Bucket, attributes: { Arn: `arn:aws:s3:::${Bucket}` } };
    if (await unlessMissing(['NotFound', 'NoSuchBucket'], () => context.clients.s3.send(new HeadBucketCommand({ Bucket })))) return { ...identity, status: 'unchanged' };
    // us-east-1 is the one region that must not be named.
    const location = context.region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: context.region as BucketLocationConstraint } };
    await context.clients.s3.send(new CreateBucketCommand({ Bucket, ...location }));
    return { ...identity, status: 'created' };
  },
};
