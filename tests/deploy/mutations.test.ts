import type { Template } from '../../localcloud/cloudformation/index.ts';
import type { TemplateObject } from '../../localcloud/cloudformation/types.ts';
import { textOf } from '../../localcloud/cloudformation/values.ts';
import { CHECKS } from './checks/index.ts';
import type { CheckName, Deployment } from './checks/index.ts';
import { deploymentOf, statements, templateOf } from './support/deployment.ts';

/** The shop's own network, in place of one that is made. */
const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0', subnetA: 'subnet-0123456789abcdef0', subnetB: 'subnet-0123456789abcdef1', routeTableIds: 'rtb-0123456789abcdef0',
  databaseHost: 'db.example', databaseSecurityGroupId: 'sg-0123456789abcdef0', slackSecret: 'slack',
};
/** scripts/bundle-functions.cjs takes no longer name of a stage. */
const LONGEST_STAGE = 's'.repeat(20);

describe('a deployment as it is', () => {
  test.each<[string, string, Record<string, string>]>([
    ['dev', 'dev', {}],
    ['prod, in a network of the shop', 'prod', NETWORK],
    ['a database, and a network of its own', 'prod', { databaseHost: 'db.example', databaseSecurityGroupId: 'sg-0123456789abcdef0' }],
    ['the stage with the longest name', LONGEST_STAGE, {}],
  ])('%s: no check finds anything', (_case, stage, params) => {
    const deployment = deploymentOf(templateOf(stage, params));
    expect(Object.entries(CHECKS).flatMap(([name, check]) => check(deployment).map((problem) => `${name}: ${problem}`))).toEqual([]);
  });
});

describe('a mistake is found', () => {
  const whole = JSON.stringify(templateOf('dev', { databaseHost: 'db.example' }));

  /** The properties of a resource, to be changed. */
  const of = (template: Template, id: string): TemplateObject => {
    const { Properties } = template.Resources[id] ?? {};
    if (!Properties) throw new Error(`there is no ${id}`);
    return Properties;
  };
  const allowed = (template: Template, role: string, index: number): { Action: string[]; Resource: unknown } =>
    (of(template, role) as unknown as { Policies: { PolicyDocument: { Statement: { Action: string[]; Resource: unknown }[] } }[] }).Policies[0]?.PolicyDocument.Statement[index] ?? { Action: [], Resource: null };
  const statementsOf = (template: Template, policy: string): { Action: string[] }[] => (of(template, policy) as unknown as { PolicyDocument: { Statement: { Action: string[] }[] } }).PolicyDocument.Statement;
  const inWorkflow = (template: Template, from: string, to: string): void => {
    const text = textOf(of(template, 'HourlyWorkflow')['DefinitionString'], 'DefinitionString');
    if (!text.includes(from)) throw new Error(`no ${from} in the workflow`);
    of(template, 'HourlyWorkflow')['DefinitionString'] = text.replace(from, to);
  };
  const within = (template: Template, id: string, ...names: string[]): TemplateObject => names.reduce((object, name) => object[name] as TemplateObject, of(template, id));
  const delivery = (template: Template, ...names: string[]): TemplateObject => within(template, 'EventDelivery', 'ExtendedS3DestinationConfiguration', ...names);
  const variables = (template: Template, id: string): TemplateObject => (of(template, id)['Environment'] as { Variables: TemplateObject }).Variables;

  test.each<[string, CheckName, string, (template: Template) => void]>([
    ['a property that is misspelt', 'schemas', 'LedgerTable.BilingMode is no property', (template) => (of(template, 'LedgerTable')['BilingMode'] = 'PAY_PER_REQUEST')],
    ['a property that is missing', 'schemas', 'HourlySchedule.FlexibleTimeWindow is missing', (template) => delete of(template, 'HourlySchedule')['FlexibleTimeWindow']],
    ['a value of another type', 'schemas', 'EventStream.RetentionPeriodHours: a number is expected', (template) => (of(template, 'EventStream')['RetentionPeriodHours'] = 'a week')],
    ['a value that is none of a list', 'schemas', 'HourlySchedule.State: ON is none of ENABLED, DISABLED', (template) => (of(template, 'HourlySchedule')['State'] = 'ON')],
    ['a type of resource that is none', 'schemas', 'there is no resource type AWS::S3::Buckets', (template) => (template.Resources['ResultsBucket']!.Type = 'AWS::S3::Buckets')],
    ['a dependency on nothing', 'references', 'Workgroup waits for ResultBucket', (template) => (template.Resources['Workgroup']!.DependsOn = 'ResultBucket')],
    ['a reference to nothing', 'references', 'Workgroup refers to ResultBucket', (template) => (of(template, 'Workgroup')['Description'] = { Ref: 'ResultBucket' })],
    ['a substitution of nothing', 'references', 'Workgroup refers to ResultBucket', (template) => (of(template, 'Workgroup')['Description'] = { 'Fn::Sub': 's3://${ResultBucket}/' })],
    ['an attribute that the type has not', 'references', 'asks LakeTable (AWS::DynamoDB::Table) for Name', (template) => (variables(template, 'RunBeginLambdaFunction')['LAKE_TABLE'] = { 'Fn::GetAtt': ['LakeTable', 'Name'] })],
    ['a circle', 'references', 'in a circle', (template) => (template.Resources['RunBeginRole']!.DependsOn = ['HourlyWorkflow'])],
    ['a number above its range', 'constraints', 'EventDelivery.ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds: 901 is above 900', (template) => ((of(template, 'EventDelivery')['ExtendedS3DestinationConfiguration'] as { BufferingHints: TemplateObject }).BufferingHints['IntervalInSeconds'] = 901)],
    ['a type of resource that nothing is known of but its schema', 'constraints', 'ResultsBucket: no facts for AWS::EFS::FileSystem: run scripts/cloudformation/aws_facts.py', (template) => (template.Resources['ResultsBucket']!.Type = 'AWS::EFS::FileSystem')],
    ["a role's name where its ARN belongs", 'constraints', 'HourlySchedule.Target.RoleArn: generated-name does not match', (template) => ((of(template, 'HourlySchedule')['Target'] as TemplateObject)['RoleArn'] = { Ref: 'SchedulerRole' })],
    ['an action that is none', 'policies', 'there is no action "s3:PutObjekt"', (template) => (allowed(template, 'CaptureRole', 2).Action = ['s3:PutObjekt'])],
    ['an action of a service that nothing is known of but its name', 'policies', 'no facts for ecs: run scripts/cloudformation/aws_facts.py', (template) => (allowed(template, 'CaptureRole', 2).Action = ['ecs:RunTask'])],
    ['an action that does not apply to its resource', 'policies', 's3:ListBucket applies to none of its resources', (template) => (allowed(template, 'CaptureRole', 2).Action = ['s3:PutObject', 's3:ListBucket'])],
    ['a role that trusts another service', 'policies', 'SchedulerRole does not trust scheduler.amazonaws.com', (template) => (of(template, 'SchedulerRole')['AssumeRolePolicyDocument'] = of(template, 'CaptureRole')['AssumeRolePolicyDocument'] ?? null)],
    ['a path to nothing', 'workflows', 'nothing has put $.failure.Kause there', (template) => inWorkflow(template, '"cause.$": "$.failure.Cause"', '"cause.$": "$.failure.Kause"')],
    ['a member that a function does not take', 'workflows', 'Commit gives its function run, which it does not take', (template) => inWorkflow(template, '"Payload": { "runId.$": "$.runId" }', '"Payload": { "run.$": "$.runId" }')],
    ['a member that no function answers', 'workflows', 'nothing has put $.next.answer.statment there', (template) => inWorkflow(template, '$.next.answer.sql', '$.next.answer.statment')],
    ['a member of a member that no function answers', 'workflows', 'nothing has put $.busy.wait there', (template) => inWorkflow(template, '$.busy.waits', '$.busy.wait')],
    ['a member of what a service answers that it has not', 'workflows', 'nothing has put $.QueryExecution.Id there', (template) => inWorkflow(template, '$.QueryExecution.QueryExecutionId', '$.QueryExecution.Id')],
    ['a result in a place that nobody reads', 'workflows', 'RunStatement: nobody reads $.qery', (template) => inWorkflow(template, '"ResultPath": "$.query"', '"ResultPath": "$.qery"')],
    ['an error that nobody raises', 'workflows', 'nobody raises LakeItemChanged', (template) => inWorkflow(template, '"LakeItemChangedError"', '"LakeItemChanged"')],
    ['a parameter that the service has not', 'workflows', 'has no parameter Subjekt', (template) => inWorkflow(template, '"Subject.$": "$.commit', '"Subjekt.$": "$.commit')],
    ['a runtime that is retired', 'limits', 'CaptureLambdaFunction.Runtime', (template) => (of(template, 'CaptureLambdaFunction')['Runtime'] = 'nodejs16.x')],
    ['a timeout over 15 minutes', 'limits', 'CaptureLambdaFunction.Timeout', (template) => (of(template, 'CaptureLambdaFunction')['Timeout'] = 901)],
    ['a schedule that is none', 'limits', 'HourlySchedule.ScheduleExpression', (template) => (of(template, 'HourlySchedule')['ScheduleExpression'] = 'cron(25 * * * * *)')],
    ['a name that is too long', 'limits', 'CaptureLambdaFunction.FunctionName', (template) => (of(template, 'CaptureLambdaFunction')['FunctionName'] = 'f'.repeat(65))],
    ['a buffer that is too small for the conversion', 'services', 'EventDelivery: a buffer of 32 MB', (template) => (delivery(template, 'BufferingHints')['SizeInMBs'] = 32)],
    ['a prefix of errors that does not tell them apart', 'services', 'ErrorOutputPrefix has to name', (template) => (delivery(template)['ErrorOutputPrefix'] = 'errors/events/')],
    ['an expression that Firehose does not know', 'services', '!{timestamps:yyyy} is no expression', (template) => (delivery(template)['Prefix'] = 'bronze/!{timestamps:yyyy}/')],
    ['a batch that capture cannot answer', 'services', 'EventDelivery: BufferSizeInMBs of 6', (template) => (template.Resources['EventDelivery'] = JSON.parse(JSON.stringify(template.Resources['EventDelivery']).replace('"0.5"', '"6"')) as never)],
    ['an alarm that looks back too far', 'services', 'DeliveryLagAlarm: 300 periods of 300 seconds', (template) => (of(template, 'DeliveryLagAlarm')['EvaluationPeriods'] = 300)],
    ['an alarm on two metrics', 'services', 'RecordsLeftAlarm: 2 of its metrics', (template) => delete (of(template, 'RecordsLeftAlarm')['Metrics'] as TemplateObject[])[1]!['ReturnData']],
    ['a workgroup that cannot be removed', 'services', 'Workgroup: cannot be removed', (template) => (of(template, 'Workgroup')['RecursiveDeleteOption'] = false)],
    ["a policy for the endpoint of somebody else's network", 'services', 'S3Endpoint: its policy holds for all', (template) => (of(template, 'S3Endpoint')['VpcId'] = 'vpc-0123456789abcdef0')],
    ['a rule about a group of another network', 'services', 'DatabaseIngress: sg-1 is in another network', (template) => (template.Resources['DatabaseIngress'] = { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { GroupId: 'sg-1' } })],
    ['calls that are kept too long', 'services', 'HourlySchedule: calls up to 90000', (template) => (within(template, 'HourlySchedule', 'Target', 'RetryPolicy')['MaximumEventAgeInSeconds'] = 90_000)],
    ['a function before its log', 'order', 'CaptureLambdaFunction does not wait for its log group', (template) => delete template.Resources['CaptureLambdaFunction']!.DependsOn],
    ['a delivery before its rights', 'order', 'EventDelivery does not wait for FirehosePolicy', (template) => delete template.Resources['EventDelivery']!.DependsOn],
    ['tables before the rights to make them', 'order', 'LakeTables does not wait for MigratePolicy', (template) => (template.Resources['LakeTables']!.DependsOn = ['MigrateRetries'])],
    ['a maker of tables that is called again', 'order', 'LakeTables: MigrateLambdaFunction is called again', (template) => (of(template, 'MigrateRetries')['MaximumRetryAttempts'] = 2)],
    ['a schedule before the tables', 'order', 'HourlySchedule does not wait for LakeTables', (template) => delete template.Resources['HourlySchedule']!.DependsOn],
    ['a bucket without encryption', 'safety', 'ResultsBucket is not encrypted', (template) => delete of(template, 'ResultsBucket')['BucketEncryption']],
    ['a table that goes with the stack', 'safety', 'LedgerTable goes with the stack', (template) => delete template.Resources['LedgerTable']!['DeletionPolicy']],
    ['a state without a next one', 'workflows', 'NotBegun', (template) => inWorkflow(template, '"Next": "NotBegun"', '"Next": "NotBegan"')],
    ['a state that does not say what follows', 'workflows', 'HourlyWorkflow', (template) => inWorkflow(template, '"Next": "NotifyCommitted"', '"Comment": "and then?"')],
    ['a name that the workflow is not given', 'workflows', 'nothing is given for Topic', (template) => inWorkflow(template, '${NotificationTopic}', '${Topic}')],
    ['a variable that is not set', 'environment', 'RedriveLambdaFunction reads LEDGER_TABLE', (template) => delete variables(template, 'RedriveLambdaFunction')['LEDGER_TABLE']],
    ['a variable that nobody reads', 'environment', 'CaptureLambdaFunction never reads LEDGER_TABLE', (template) => (variables(template, 'CaptureLambdaFunction')['LEDGER_TABLE'] = { Ref: 'LedgerTable' })],
    ['a permission that is missing', 'permissions', 'CaptureLambdaFunction lacks s3:PutObject', (template) => (allowed(template, 'CaptureRole', 2).Action = [])],
    ['a permission too many', 'permissions', 'CaptureLambdaFunction has s3:DeleteObject', (template) => (allowed(template, 'CaptureRole', 2).Action = ['s3:PutObject', 's3:DeleteObject'])],
    ['a permission that an operator lacks', 'permissions', 'OperatorPolicy lacks states:StartExecution', (template) => (statementsOf(template, 'OperatorPolicy')[1]!.Action = [])],
    ['an analyst who may change tables', 'permissions', 'AnalystPolicy has s3:DeleteObject', (template) => (statementsOf(template, 'AnalystPolicy').at(-2)!.Action = ['s3:GetObject', 's3:DeleteObject'])],
    ['an analyst who may write to the lake', 'permissions', 'AnalystPolicy may write {"Fn::Sub":"${LakeBucket.Arn}/silver/*"}', (template) => (statementsOf(template, 'AnalystPolicy').at(-2)!.Action = ['s3:GetObject', 's3:PutObject'])],
    ['a permission on everything', 'permissions', 'CaptureRole is too wide: s3:PutObject', (template) => (allowed(template, 'CaptureRole', 2).Resource = '*')],
    ['a function that the workflow may not invoke', 'permissions', 'HourlyWorkflow to invoke lacks CaptureLambdaFunction.Arn', (template) => ((of(template, 'HourlyWorkflow')['DefinitionSubstitutions'] as TemplateObject)['RunStepFunction'] = { 'Fn::GetAtt': ['CaptureLambdaFunction', 'Arn'] })],
    ['a schedule whose target its role may not start', 'permissions', 'SchedulerRole lacks lambda:InvokeFunction CaptureLambdaFunction.Arn', (template) => ((of(template, 'HourlySchedule')['Target'] as TemplateObject)['Arn'] = { 'Fn::GetAtt': ['CaptureLambdaFunction', 'Arn'] })],
  ])('%s', (_case, check, problem, change) => {
    const template = JSON.parse(whole) as Template;
    change(template);
    expect(CHECKS[check](deploymentOf(template))).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });

  test.each<[string, CheckName, string, Partial<Deployment>]>([
    ['a function that Athena lacks', 'statements', 'gold/new: Athena has no function string_agg', { statements: new Map([['gold/new', "SELECT string_agg(user_id, ',') FROM ${silver}.events"]]) }],
    ['a statement that grows too long', 'statements', 'gold/new: 2', { statements: new Map([['gold/new', 'SELECT 1 WHERE a IN (${paths}) OR b IN (${paths})']]) }],
    ['a statement that is not there', 'names', 'there is no statement gold/merge_sessions', { statementNames: ['gold/merge_sessions'] }],
    ['a statement that nobody uses', 'names', 'nobody uses gold/new', { statements: new Map([...statements, ['gold/new', 'SELECT 1']]) }],
  ])('%s', (_case, check, problem, change) => {
    expect(CHECKS[check]({ ...deploymentOf(JSON.parse(whole) as Template), ...change })).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});
