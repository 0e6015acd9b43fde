import type { Template } from '../../../localcloud/cloudformation/index.ts';
import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject, textOf } from '../../../localcloud/cloudformation/values.ts';
import { moduleOf } from './environment.ts';
import type { HandlerFacts } from './handlers.ts';
import { propertiesOf, referenceText } from './resources.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: TemplateValue;
}

/** Actions AWS gives no resource-level control of. */
const WITHOUT_RESOURCE = /^(xray:(Put|Get)|ec2:\w*(NetworkInterface|PrivateIpAddresses|Subnets)|athena:List(WorkGroups|DataCatalogs)|logs:(\w+LogDeliver|PutResourcePolicy|Describe))/;

const SERVICES: Readonly<Record<string, string>> = {
  'client-athena': 'athena', 'client-cloudformation': 'cloudformation', 'client-dynamodb': 'dynamodb', 'client-firehose': 'firehose', 'client-glue': 'glue', 'client-kinesis': 'kinesis',
  'client-s3': 's3', 'client-secrets-manager': 'secretsmanager', 'client-sfn': 'states', 'client-sns': 'sns',
};

/**
 * What Athena does with the rights of who starts a query, for SELECT, INSERT, MERGE and OPTIMIZE:
 * https://docs.aws.amazon.com/athena/latest/ug/workgroups-iam-policy.html, …/fine-grained-access-to-glue-resources.html, …/s3-permissions.html
 */
const OF_QUERIES = [
  'athena:GetWorkGroup', 'athena:GetDataCatalog',
  'glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions', 'glue:UpdateTable',
  's3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts',
];

/** Of a SELECT alone. */
const OF_SELECTS = OF_QUERIES.filter((action) => action !== 'glue:UpdateTable');

/** Only VACUUM deletes, and only the workflow runs it. */
const OF_VACUUM = ['s3:DeleteObject'];

/** Requests whose action has another name, or that need more than one. */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  // Without ListBucket an object that is not there is "access denied" and not "no such key": https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  'client-s3 GetObject': ['s3:GetObject', 's3:ListBucket'],
  'client-s3 HeadObject': ['s3:GetObject', 's3:ListBucket'],
  'client-s3 ListObjectsV2': ['s3:ListBucket'],
  'lib-dynamodb Get': ['dynamodb:GetItem'],
  'lib-dynamodb Put': ['dynamodb:PutItem'],
  'lib-dynamodb Delete': ['dynamodb:DeleteItem'],
  'lib-dynamodb Scan': ['dynamodb:Scan'],
  'client-lambda Invoke': ['lambda:InvokeFunction'],
  'rds-signer Signer': ['rds-db:connect'],
  'client-athena StartQueryExecution': ['athena:StartQueryExecution', ...OF_QUERIES],
  // The results are read with the rights of the caller: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
  'client-athena GetQueryResults': ['athena:GetQueryResults', 's3:GetObject'],
};

/** What statements need beyond {@link OF_QUERIES}: the tables and views are made by one function. */
const OF_STATEMENTS: Readonly<Record<string, readonly string[]>> = { 'migrate.ts': ['glue:CreateTable'] };

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TRACES = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DeleteNetworkInterface', 'AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses'].map((action) => `ec2:${action}`);

const actionsOf = (request: string): readonly string[] => {
  const [library = '', name = ''] = request.split(' ');
  return REQUESTS[request] ?? [`${SERVICES[library] ?? library}:${name}`];
};

/** By the integration's name in a state's Resource: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html */
const INTEGRATIONS: Readonly<Record<string, readonly string[]>> = {
  'lambda:invoke': ['lambda:InvokeFunction'],
  'sns:publish': ['sns:Publish'],
  'athena:startQueryExecution.sync': ['athena:StartQueryExecution', 'athena:GetQueryExecution', 'athena:StopQueryExecution', ...OF_QUERIES, ...OF_VACUUM],
};
/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
const WORKFLOW_LOGS = ['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries', 'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'].map((action) => `logs:${action}`);
/** https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
const WORKFLOW_TRACES = [...TRACES, 'xray:GetSamplingRules', 'xray:GetSamplingTargets'];

const statementsIn = (document: TemplateValue | undefined): Statement[] => (isObject(document) ? ([document['Statement']].flat() as unknown as Statement[]) : []);

/** What a role or a policy says itself. */
const ownStatements = (properties: TemplateObject): Statement[] => [
  ...statementsIn(properties['PolicyDocument']),
  ...((properties['Policies'] ?? []) as TemplateObject[]).flatMap((policy) => statementsIn(policy['PolicyDocument'])),
];

/** All that a role may do, by policies of its own, managed ones, and those that name it. */
const grantsOf = (template: Template, role: string): Statement[] => {
  const properties = template.Resources[role]?.Properties ?? {};
  const managed = ((properties['ManagedPolicyArns'] ?? []) as TemplateValue[]).map(referenceText);
  const naming = propertiesOf(template, 'AWS::IAM::Policy').filter(([, { Roles }]) => ((Roles ?? []) as TemplateValue[]).map(referenceText).includes(role));
  return [...ownStatements(properties), ...managed.flatMap((id) => ownStatements(template.Resources[id]?.Properties ?? {})), ...naming.flatMap(([, policy]) => ownStatements(policy))];
};

/** `Role.Arn`, `${Role.Arn}` */
const roleIdOf = (value: TemplateValue | undefined): string => /(\w+)\.Arn/.exec(JSON.stringify(value ?? null).replace('","', '.'))?.[1] ?? '';

const differences = (who: string, needed: Iterable<string>, granted: Iterable<string>): string[] => {
  const [needs, has] = [new Set(needed), new Set(granted)];
  return [...[...needs].filter((item) => !has.has(item)).map((item) => `${who} lacks ${item}`), ...[...has].filter((item) => !needs.has(item)).map((item) => `${who} has ${item} and does not need it`)];
};

const actions = (statements: readonly Statement[]): string[] => statements.flatMap(({ Action }) => Action);

/** What Athena's console asks for besides: https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html */
const CONSOLE = [
  'BatchGetQueryExecution', 'ListQueryExecutions', 'GetNamedQuery', 'BatchGetNamedQuery', 'ListNamedQueries', 'ListWorkGroups',
  'ListDataCatalogs', 'GetDatabase', 'ListDatabases', 'GetTableMetadata', 'ListTableMetadata',
].map((action) => `athena:${action}`);

/** Each role may do what its function's code, its workflow's states or its schedules' targets ask for, and nothing else; no wildcards. */
export const checkPermissions = (template: Template, handlers: ReadonlyMap<string, HandlerFacts>, people: PeopleRequests): string[] => [
  ...propertiesOf(template, 'AWS::Lambda::Function').flatMap(([id, properties]) => differences(id, neededBy(properties, handlers), actions(grantsOf(template, roleIdOf(properties['Role']))))),
  ...sharedRoles(template),
  ...propertiesOf(template, 'AWS::StepFunctions::StateMachine').flatMap(([id, properties]) => workflowProblems(template, id, properties)),
  ...scheduleProblems(template),
  ...peopleProblems(template, people),
  ...wildcards(template),
];

const neededBy = ({ Handler, TracingConfig, VpcConfig }: TemplateObject, handlers: ReadonlyMap<string, HandlerFacts>): string[] => {
  const module = moduleOf(Handler);
  return [...[...(handlers.get(module)?.requests ?? [])].flatMap(actionsOf), ...(OF_STATEMENTS[module] ?? []), ...LOGS, ...(TracingConfig ? TRACES : []), ...(VpcConfig ? NETWORK : [])];
};

/** SDK requests of those who use the command for all it does, and of those who only query. */
export type PeopleRequests = Readonly<Record<'operator' | 'analyst', ReadonlySet<string>>>;

const peopleProblems = (template: Template, { operator, analyst }: PeopleRequests): string[] => {
  const neededFor = (requests: ReadonlySet<string>): string[] => [...requests].flatMap((request) => (request === 'client-athena StartQueryExecution' ? ['athena:StartQueryExecution', ...OF_SELECTS] : actionsOf(request)));
  const granted = (policy: string): string[] => actions(ownStatements(template.Resources[policy]?.Properties ?? {}));
  return [
    ...differences('OperatorPolicy', neededFor(operator), granted('OperatorPolicy')),
    ...differences('AnalystPolicy', [...neededFor(analyst), ...CONSOLE], granted('AnalystPolicy')),
    ...writesOf(template, 'AnalystPolicy').filter((resource) => !resource.includes('${ResultsBucket.Arn}')).map((resource) => `AnalystPolicy may write ${resource}`),
  ];
};

const writesOf = (template: Template, policy: string): string[] =>
  resourcesFor(ownStatements(template.Resources[policy]?.Properties ?? {}), 's3:PutObject');

const sharedRoles = (template: Template): string[] => {
  const roles = propertiesOf(template, 'AWS::Lambda::Function').map(([id, { Role }]) => [id, roleIdOf(Role)] as const);
  return roles.flatMap(([id, role], index) => roles.slice(0, index).filter(([, other]) => other === role).map(([other]) => `${id} and ${other} share ${role}`));
};

const workflowProblems = (template: Template, id: string, properties: TemplateObject): string[] => {
  const grants = grantsOf(template, roleIdOf(properties['RoleArn']));
  const text = textOf(properties['DefinitionString'], 'DefinitionString');
  const integrations = [...text.matchAll(/"arn:aws:states:::([\w.:]+)"/g)].map(([, name = '']) => name);
  const needed = [...integrations.flatMap((name) => INTEGRATIONS[name] ?? [name]), ...(properties['LoggingConfiguration'] ? WORKFLOW_LOGS : []), ...(properties['TracingConfiguration'] ? WORKFLOW_TRACES : [])];
  const names = (properties['DefinitionSubstitutions'] ?? {}) as TemplateObject;
  const invoked = [...text.matchAll(/"FunctionName":\s*"\$\{(\w+)\}"/g)].map(([, name = '']) => referenceText(names[name] ?? name));
  return [...differences(id, needed, actions(grants)), ...differences(`${id} to invoke`, invoked, resourcesFor(grants, 'lambda:InvokeFunction'))];
};

const resourcesFor = (statements: readonly Statement[], action: string): string[] =>
  statements.filter(({ Action }) => [Action].flat().includes(action)).flatMap(({ Resource }) => [Resource].flat().map(referenceText));

/** Workflows are started, functions are invoked, what failed goes to a queue. */
const scheduleProblems = (template: Template): string[] => {
  const targets = propertiesOf(template, 'AWS::Scheduler::Schedule').map(([, { Target }]) => Target as TemplateObject);
  const roles = new Set(targets.map(({ RoleArn }) => roleIdOf(RoleArn)));
  return [...roles].flatMap((role) => {
    const grants = grantsOf(template, role);
    const granted = actions(grants).flatMap((action) => resourcesFor(grants, action).map((resource) => `${action} ${resource}`));
    const own = targets.filter(({ RoleArn }) => roleIdOf(RoleArn) === role);
    return differences(role, own.flatMap((target) => targetGrants(template, target)), granted);
  });
};

const targetGrants = (template: Template, { Arn = '', DeadLetterConfig }: TemplateObject): string[] => {
  const target = referenceText(Arn);
  const isFunction = template.Resources[target.split('.')[0] ?? '']?.Type === 'AWS::Lambda::Function';
  const queue = isObject(DeadLetterConfig) ? [`sqs:SendMessage ${referenceText(DeadLetterConfig['Arn'] ?? '')}`] : [];
  return [`${isFunction ? 'lambda:InvokeFunction' : 'states:StartExecution'} ${target}`, ...queue];
};

const wildcards = (template: Template): string[] =>
  ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    propertiesOf(template, type).flatMap(([id, properties]) =>
      ownStatements(properties).flatMap(({ Action, Resource }) => {
        const everything = [Resource].flat().includes('*');
        return [Action].flat().filter((action) => action.includes('*') || (everything && !WITHOUT_RESOURCE.test(action))).map((action) => `${id} is too wide: ${action}`);
      }),
    ),
  );
