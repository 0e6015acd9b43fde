import { readFileSync } from 'node:fs';
import { readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import { policyFiles } from '../../scripts/deploy-policy/policy.ts';
import type { PolicyStatement } from '../../scripts/deploy-policy/policy.ts';

const { template } = readServerlessTemplate({ projectRoot: process.cwd(), stage: 'prod', region: 'eu-west-1' });
const files = policyFiles(template);
const statements = [...files.values()].flatMap((text) => (JSON.parse(text) as { Statement: PolicyStatement[] }).Statement);

/** Do they allow it? A `*` stands for anything, in actions and resources alike. */
const isAllowed = (action: string, resource: string): boolean => {
  const matches = (pattern: string, text: string): boolean => new RegExp(`^${pattern.replace(/[.$^+?()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);
  return statements.some(({ Action, Resource }) => Action.some((one) => matches(one, action)) && [Resource].flat().some((one) => matches(one, resource)));
};

describe('the rights to deploy', () => {
  test('are in docs/, in step with the types of the resources', () => {
    for (const [file, text] of files) expect([file, readFileSync(file, 'utf8')]).toEqual([file, text]);
    expect(files.size).toBe(3);
  });

  test('fit into managed policies', () => {
    for (const [file, text] of files) expect([file, text.replace(/\s/g, '').length <= 6_144]).toEqual([file, true]);
  });

  test.each([
    ['kinesis:CreateStream', 'arn:aws:kinesis:REGION:ACCOUNT:stream/floe-STAGE-events'],
    ['lambda:CreateFunction', 'arn:aws:lambda:REGION:ACCOUNT:function:floe-STAGE-capture'],
    ['iam:PassRole', 'arn:aws:iam::ACCOUNT:role/floe-STAGE-CaptureRole-1A2B3C'],
    ['s3:PutLifecycleConfiguration', 'arn:aws:s3:::floe-STAGE-lake-ACCOUNT'],
    ['s3:PutObject', 'arn:aws:s3:::floe-STAGE-serverlessdeploymentbucket-1a2b/serverless/floe/STAGE/capture.zip'],
    ['states:CreateStateMachine', 'arn:aws:states:REGION:ACCOUNT:stateMachine:floe-STAGE-hourly'],
    ['glue:CreateTable', 'arn:aws:glue:REGION:ACCOUNT:table/PREFIXbronze/events'],
    ['logs:PutRetentionPolicy', 'arn:aws:logs:REGION:ACCOUNT:log-group:/aws/lambda/floe-STAGE-capture:*'],
    ['ec2:CreateVpc', '*'],
  ])('allow %s', (action, resource) => expect(isAllowed(action, resource)).toBe(true));

  test.each([
    ['s3:GetObject', 'arn:aws:s3:::floe-STAGE-lake-ACCOUNT/silver/events/data/x.parquet'],
    ['dynamodb:GetItem', 'arn:aws:dynamodb:REGION:ACCOUNT:table/floe-STAGE-lake'],
    ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:REGION:ACCOUNT:secret:floe-STAGE-sftp-a1b2c3'],
    ['kinesis:GetRecords', 'arn:aws:kinesis:REGION:ACCOUNT:stream/floe-STAGE-events'],
    ['lambda:DeleteFunction', 'arn:aws:lambda:REGION:ACCOUNT:function:floe-other-capture'],
    ['iam:PassRole', 'arn:aws:iam::ACCOUNT:role/admin'],
    ['iam:PutUserPolicy', 'arn:aws:iam::ACCOUNT:user/somebody'],
  ])('do not allow %s on what a deployment has no business with', (action, resource) => expect(isAllowed(action, resource)).toBe(false));

  test('an action on everything is one of the network, or only looks', () => {
    const everywhere = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
    expect(everywhere.filter((action) => !/^(ec2:|\w+:(Describe|List|Get|Validate)|sns:Unsubscribe$)/.test(action))).toEqual([]);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  });
});
