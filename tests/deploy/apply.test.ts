import { applyTemplate } from '../../localcloud/cloudformation/index.ts';
import type { AppliedStack, DeployedFunction, Template, TemplateResource } from '../../localcloud/cloudformation/index.ts';

/** No service listens: what is tested here fails or ends before one is asked. */
const apply = async (template: Template, registered: DeployedFunction[] = []): Promise<AppliedStack> =>
  applyTemplate({
    template,
    stackName: 'shop-dev',
    endpoint: 'http://127.0.0.1:1',
    region: 'eu-west-1',
    taskRoot: '/project',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    registerFunction: (definition) => void registered.push(definition),
  });
const only = (resource: TemplateResource): Template => ({ Resources: { Thing: resource } });

describe('applying a template', () => {
  test('a function is handed over with its references resolved and what Lambda itself sets', async () => {
    const registered: DeployedFunction[] = [];
    const Properties = { FunctionName: 'shop-dev-f', Handler: 'src/f.handler', Timeout: '30', Environment: { Variables: { LOGS: { 'Fn::GetAtt': ['Group', 'Arn'] }, LEVEL: 3 } } };
    const { functions, resources } = await apply({ Resources: { F: { Type: 'AWS::Lambda::Function', Properties }, Group: { Type: 'AWS::Logs::LogGroup' } } }, registered);
    expect(registered).toEqual([
      {
        name: 'shop-dev-f',
        arn: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-f',
        handler: 'src/f.handler',
        timeoutSeconds: 30,
        memoryMegabytes: 128,
        environment: {
          LOGS: 'arn:aws:logs:eu-west-1:000000000000:log-group:shop-dev-Group:*',
          LEVEL: '3',
          AWS_LAMBDA_FUNCTION_NAME: 'shop-dev-f',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
          LAMBDA_TASK_ROOT: '/project',
          AWS_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'key',
          AWS_SECRET_ACCESS_KEY: 'secret',
          AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        },
      },
    ]);
    expect(functions).toEqual(registered);
    expect(resources.map(({ logicalId, status }) => [logicalId, status])).toEqual([['Group', 'not applied'], ['F', 'created']]);
  });

  test('a type without meaning here is listed, not lost, and can be named by others', async () => {
    const { resources, outputs } = await apply({
      Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'hourly' } }, Alarm: { Type: 'AWS::CloudWatch::Alarm' } },
      Outputs: { Group: { Value: { 'Fn::GetAtt': ['Group', 'Arn'] } }, Alarm: { Value: { Ref: 'Alarm' } } },
    });
    expect(resources.map(({ physicalId, status }) => [physicalId, status])).toEqual([['hourly', 'not applied'], ['shop-dev-Alarm', 'not applied']]);
    expect(outputs).toEqual({ Group: 'arn:aws:logs:eu-west-1:000000000000:log-group:hourly:*', Alarm: 'shop-dev-Alarm' });
  });

  test('what a condition rules out is not there', async () => {
    const { resources, outputs } = await apply({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Thing: { Type: 'AWS::Kinesis::Stream', Condition: 'Never' } },
      Outputs: { Name: { Value: { Ref: 'Thing' }, Condition: 'Never' } },
    });
    expect([resources, outputs]).toEqual([[], {}]);
  });

  test.each<[string, TemplateResource, string]>([
    ['a property that would be lost', { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'b', VersioningConfiguration: { Status: 'Enabled' } } }, 'Thing (AWS::S3::Bucket): property VersioningConfiguration is not supported locally'],
    ['a setting that would be lost', { Type: 'AWS::Athena::WorkGroup', Properties: { Name: 'w', WorkGroupConfiguration: { ExecutionRole: 'x' } } }, 'Thing (AWS::Athena::WorkGroup): WorkGroupConfiguration.ExecutionRole is not supported locally'],
    ['a resource without its name', { Type: 'AWS::SNS::Topic', Properties: {} }, 'Thing (AWS::SNS::Topic): TopicName is missing or not a text'],
    ['a number that is none', { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'f', Handler: 'h', Timeout: 'soon' } }, 'Thing (AWS::Lambda::Function): Timeout is not a number: "soon"'],
    ['a name of a definition that nobody gives', { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 's', RoleArn: 'r', DefinitionString: '{"a":"${Typo}"}' } }, 'the definition has ${Typo}, which DefinitionSubstitutions does not have'],
    ['a value of another resource that is not known here', { Type: 'AWS::SNS::Topic', Properties: { TopicName: { 'Fn::ImportValue': 'x' } } }, 'Thing (AWS::SNS::Topic): Fn::ImportValue is not supported locally'],
  ])('%s is an error that names it', async (_case, resource, message) => {
    await expect(apply(only(resource))).rejects.toThrow(message);
  });

  test('a service that cannot be reached is an error that names the resource', async () => {
    await expect(apply(only({ Type: 'AWS::SNS::Topic', Properties: { TopicName: 't' } }))).rejects.toThrow('Thing (AWS::SNS::Topic): ');
  });
});
