import assert from 'node:assert/strict';
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { connect } from '../../cli/pipeline/connection.ts';
import { awsConfigOf, type Environment } from '../../src/lib/aws/index.ts';
import type { Say } from './checks.ts';

/**
 * Has the tables made where an emulator's CloudFormation makes no custom resources: calls the function as CloudFormation does, and reads
 * the answer that it puts: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 * @param lakeOfFunctions the lake's endpoint as the functions reach it; the answer becomes an object there
 * @throws AssertionError with the function's reason
 */
export const makeTables = async (environment: Environment, stage: string, lakeOfFunctions: string, say: Say): Promise<void> => {
  const connection = await connect(stage, awsConfigOf(environment));
  const { clients, names } = connection;
  const answer = { Bucket: names.lakeBucket, Key: 'state/tables-answer.json' };
  const request = { RequestType: 'Create', ResponseURL: `${lakeOfFunctions}/${answer.Bucket}/${answer.Key}`, StackId: `floe-${stage}`, RequestId: 'make-tables', LogicalResourceId: 'LakeTables' };
  try {
    const invoked = await connection.invoke(`floe-${stage}-migrate`, request);
    assert(invoked.ok, `migrate failed: ${invoked.ok ? '' : invoked.reason}`);
    const { Body } = await clients.s3.send(new GetObjectCommand(answer));
    await clients.s3.send(new DeleteObjectCommand(answer));
    const { Status, PhysicalResourceId, RequestId } = JSON.parse((await Body?.transformToString()) ?? '') as Record<string, string>;
    assert.deepEqual([Status, PhysicalResourceId, RequestId], ['SUCCESS', `floe-${stage}-tables`, request.RequestId]);
    say('migrate, called as CloudFormation does, made the tables and answered');
  } finally {
    connection.close();
  }
};
