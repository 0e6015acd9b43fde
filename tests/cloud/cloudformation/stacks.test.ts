import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { applyTemplate, type Template } from '../../../localcloud/cloudformation/index.ts';
import { startCloud, type Cloud } from '../../../localcloud/index.ts';
import { temporaryDirectory } from '../../support/floe.ts';

const { directory, remove } = temporaryDirectory();
const REGION = 'eu-west-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let cloud: Cloud;
let client: CloudFormationClient;
const start = async (): Promise<void> => {
  cloud = await startCloud({ dataDir: directory, region: REGION, schedules: 'off' });
  client = new CloudFormationClient({ endpoint: cloud.endpoint, region: REGION, credentials });
};
const stop = async (): Promise<void> => {
  client.destroy();
  await cloud.stop();
};
beforeAll(start);
afterAll(async () => {
  await stop();
  remove();
});

const template: Template = {
  Resources: { Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'shop-files' } }, Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'shop' } } },
  Outputs: { FilesName: { Value: { Ref: 'Files' } }, Note: { Value: 'a < b & c' } },
};
const deploy = () =>
  applyTemplate({
    template, stackName: 'shop', endpoint: cloud.endpoint, region: REGION, credentials, taskRoot: directory, registerFunction: () => undefined,
    registerStack: (stack) => cloud.cloudFormation.register(stack),
  });

describe('stacks that were applied to the embedded cloud', () => {
  test('one nobody deployed is not there', async () => {
    await expect(client.send(new DescribeStacksCommand({ StackName: 'shop' }))).rejects.toMatchObject({ name: 'ValidationError', message: 'Stack with id shop does not exist' });
    expect((await client.send(new DescribeStacksCommand({}))).Stacks).toEqual([]);
  });

  test('are found by name and by id, with their outputs, and after a restart', async () => {
    await deploy();
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: 'shop' }));
    expect(stack).toMatchObject({ StackName: 'shop', StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'FilesName', OutputValue: 'shop-files' }, { OutputKey: 'Note', OutputValue: 'a < b & c' }] });
    expect(stack?.StackId).toMatch(/^arn:aws:cloudformation:eu-west-1:000000000000:stack\/shop\/[\w-]{36}$/);
    await stop();
    await start();
    expect((await client.send(new DescribeStacksCommand({ StackName: stack?.StackId ?? '' }))).Stacks).toEqual([stack]);
  });

  test('deployed again, the same stack has been updated', async () => {
    const { Stacks: [before] = [] } = await client.send(new DescribeStacksCommand({ StackName: 'shop' }));
    await deploy();
    const { Stacks: [after] = [] } = await client.send(new DescribeStacksCommand({}));
    expect([after?.StackId, after?.StackStatus]).toEqual([before?.StackId, 'UPDATE_COMPLETE']);
    expect(after?.LastUpdatedTime).toBeInstanceOf(Date);
  });

  test('list the resources that exist here', async () => {
    const { StackResourceSummaries } = await client.send(new ListStackResourcesCommand({ StackName: 'shop' }));
    expect(StackResourceSummaries).toEqual([expect.objectContaining({ LogicalResourceId: 'Files', PhysicalResourceId: 'shop-files', ResourceType: 'AWS::S3::Bucket', ResourceStatus: 'UPDATE_COMPLETE' })]);
  });

  test('are not made over the wire, and that is said', async () => {
    await expect(client.send(new CreateStackCommand({ StackName: 'other', TemplateBody: '{}' }))).rejects.toMatchObject({ name: 'NotImplementedException', message: 'CloudFormation: CreateStack is not supported locally' });
  });
});
