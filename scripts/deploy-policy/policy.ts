import type { Template } from '../../localcloud/cloudformation/index.ts';
import handlerPermissions from './handler-permissions.json' with { type: 'json' };

export interface PolicyStatement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string[]>>;
}
export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: PolicyStatement[];
}

/** Of each resource type, what CloudFormation does to make, read, change and delete it; `handlers` of AWS's resource schemas, as cfn-lint 1.58.0 carries them. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = handlerPermissions;

/** What handlers do for properties that no resource here has, and the data inside, which a deployment has no business with. */
const NOT_NEEDED: readonly RegExp[] = [
  /^(kms|s3tables|elasticfilesystem|s3files|vpc-lattice|vpce):/, // AWS's own keys let the account's principals in by themselves
  /^s3:(REST\.|GetObjectMetadata|GetObjectVersion|PutObject|DeleteObject|AbortMultipartUpload|ListMultipartUploadParts|ListBucketMultipartUploads|ListTagsForResource)/,
  /^s3:(Put|Delete|Create|Update)\w*(Analytics|Inventory|Metrics|Website|C(ors|ORS)|Replication|Accelerate|ObjectLock|IntelligentTiering|Metadata|Abac|Notification|Logging|BucketAcl)/,
  /^dynamodb:(Scan|Query|\w*Item|\w*Import\w*|\w*Replica|\w+KinesisStreamingDestination|(Put|Delete)ResourcePolicy|UpdateContributorInsights|UpdateTimeToLive)$/,
  /^kinesis:(PutRecords|DescribeStream|UpdateShardCount|\w+EnhancedMonitoring|UpdateMaxRecordSize|UpdateStreamWarmThroughput|UpdateStreamRecordDistributionStrategy)$/,
  /^secretsmanager:(GetSecretValue|GetRandomPassword|ReplicateSecretToRegions|RemoveRegionsFromReplication)$/,
  /^iam:(\w*(User|Group)Policy|\w+PermissionsBoundary|CreateServiceLinkedRole|UpdateRoleDescription)$/,
  /^lambda:(PassCapacityProvider|GetLayerVersion|AssociateRuntimeAlias|PublishVersion|(Put|Delete)Function(CodeSigningConfig|Concurrency|ScalingConfig|RecursionConfig)|PutRuntimeManagementConfig|GetCodeSigningConfig)$/,
  /^glue:(\w*Connection|GetSchemaVersion)$/,
  /^lakeformation:CreateTable$/, // a permission of Lake Formation's, not of IAM's
  /^logs:(\w*LogDelivery|(Put|Delete)(ResourcePolicy|DataProtectionPolicy|IndexPolicy|BearerTokenAuthentication|LogGroupDeletionProtection)|PutBearerTokenAuthentication|PutLogGroupDeletionProtection|\w+KmsKey|PutLogEvents)$/,
  /^ec2:(CreateVpcEncryptionControl|\w+SubnetCidrBlock|ModifyVpcTenancy)$/,
  /^sns:PutDataProtectionPolicy$/,
];

const regional = (service: string, resource: string): string => `arn:aws:${service}:REGION:ACCOUNT:${resource}`;
const logGroups = ['lambda/floe-STAGE-*', 'kinesisfirehose/floe-STAGE-*', 'vendedlogs/states/floe-STAGE-*'].map((name) => regional('logs', `log-group:/aws/${name}`));

/** What a deployment of one stage may touch, by service; CloudFormation names roles and policies by the stack's name. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  athena: [regional('athena', 'workgroup/floe-STAGE')],
  cloudwatch: [regional('cloudwatch', 'alarm:floe-STAGE-*'), 'arn:aws:cloudwatch::ACCOUNT:dashboard/floe-STAGE'],
  dynamodb: [regional('dynamodb', 'table/floe-STAGE-*')],
  firehose: [regional('firehose', 'deliverystream/floe-STAGE-*')],
  glue: [regional('glue', 'catalog'), ...['bronze', 'silver', 'gold', 'state'].flatMap((name) => [regional('glue', `database/PREFIX${name}`), regional('glue', `table/PREFIX${name}/*`)])],
  iam: ['arn:aws:iam::ACCOUNT:role/floe-STAGE-*', 'arn:aws:iam::ACCOUNT:policy/floe-STAGE-*'],
  kinesis: [regional('kinesis', 'stream/floe-STAGE-*')],
  lambda: [regional('lambda', 'function:floe-STAGE-*')],
  logs: logGroups.flatMap((arn) => [arn, `${arn}:*`]),
  s3: ['arn:aws:s3:::floe-STAGE-*'],
  scheduler: [regional('scheduler', 'schedule/default/floe-STAGE-*')],
  secretsmanager: [regional('secretsmanager', 'secret:floe-STAGE-*')],
  sns: [regional('sns', 'floe-STAGE-*')],
  sqs: [regional('sqs', 'floe-STAGE-*')],
  states: [regional('states', 'stateMachine:floe-STAGE-*')],
};

/** Actions that are not granted by resource, or find one by looking through all: https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const WITHOUT_RESOURCE = /^(ec2:|lakeformation:|cloudwatch:DescribeAlarms$|logs:Describe(LogGroups|ResourcePolicies|IndexPolicies)$|sns:Unsubscribe$)/;

/** The zips, below the name that CloudFormation gives the deployment's bucket. */
const DEPLOYMENT_BUCKET = 'arn:aws:s3:::floe-STAGE-serverlessdeploymentbucket-*';

/** Services that a role is handed to. */
const PASSED_TO = ['lambda', 'firehose', 'states', 'scheduler'].map((service) => `${service}.amazonaws.com`);

const statement = (Sid: string, actions: Iterable<string>, Resource: string | readonly string[]): PolicyStatement => ({ Sid, Effect: 'Allow', Action: [...new Set(actions)].sort(), Resource: typeof Resource === 'string' ? Resource : [...Resource] });
const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement });

const serviceOf = (action: string): string => action.slice(0, action.indexOf(':'));

/** @throws Error where nothing is known of a type */
const actionsOf = (type: string): readonly string[] => {
  const actions = PERMISSIONS[type];
  if (!actions) throw new Error(`scripts/deploy-policy/handler-permissions.json has nothing of ${type}`);
  return actions.filter((action) => !NOT_NEEDED.some((pattern) => pattern.test(action)));
};

/** What Serverless Framework itself calls, from `deploy` to `remove`: node_modules/serverless/lib/plugins/aws. */
const callerPolicy = (): PolicyDocument =>
  policy(
    statement('Stack', ['CreateChangeSet', 'CreateStack', 'DeleteChangeSet', 'DeleteStack', 'DescribeChangeSet', 'DescribeStackEvents', 'DescribeStackResource', 'DescribeStackResources', 'DescribeStacks',
      'ExecuteChangeSet', 'GetTemplate', 'ListStackResources', 'SetStackPolicy', 'TagResource', 'UntagResource', 'UpdateStack', 'UpdateTerminationProtection'].map((action) => `cloudformation:${action}`), regional('cloudformation', 'stack/floe-STAGE/*')),
    statement('Templates', ['cloudformation:ListExports', 'cloudformation:ValidateTemplate'], '*'),
    statement('Zips', ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:ListBucket', 's3:ListBucketVersions', 's3:PutObject'], [DEPLOYMENT_BUCKET, `${DEPLOYMENT_BUCKET}/*`]),
    statement('Changes', ['lambda:GetFunction', 'logs:DescribeSubscriptionFilters'], [...(RESOURCES['lambda'] ?? []), ...logGroups.slice(0, 1).map((arn) => `${arn}:*`)]),
  );

/** What holds data, and how it is described. */
const OF_DATA = ['athena', 'dynamodb', 'firehose', 'glue', 'kinesis', 'lakeformation', 's3', 'secretsmanager'];

/**
 * What CloudFormation does with the rights of who deploys, or of the role it is given, to resources of these types: in two policies, since
 * one may have 6,144 characters (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
 * @param types without those of the project's own (Custom::…)
 */
const resourcePolicies = (types: readonly string[]): { data: PolicyDocument; services: PolicyDocument } => {
  const actions = [...new Set(types.flatMap(actionsOf))].filter((action) => action !== 'iam:PassRole' && action !== 's3:GetObject');
  const isOfData = (action: string): boolean => OF_DATA.includes(serviceOf(action));
  return {
    data: policy(...statementsOf(actions.filter(isOfData)), statement('Zips', ['s3:GetObject', 's3:GetObjectVersion'], `${DEPLOYMENT_BUCKET}/*`)),
    services: policy(...statementsOf(actions.filter((action) => !isOfData(action))), ...OF_USE),
  };
};

/** Roles are handed to services; a custom resource is a call of its function. */
const OF_USE: readonly PolicyStatement[] = [
  { ...statement('HandOverRoles', ['iam:PassRole'], 'arn:aws:iam::ACCOUNT:role/floe-STAGE-*'), Condition: { StringEquals: { 'iam:PassedToService': PASSED_TO } } },
  statement('MakeTables', ['lambda:InvokeFunction'], regional('lambda', 'function:floe-STAGE-migrate')),
];

const statementsOf = (actions: readonly string[]): PolicyStatement[] => {
  const bounded = actions.filter((action) => !WITHOUT_RESOURCE.test(action));
  const services = [...new Set(bounded.map(serviceOf))].sort();
  return [
    ...services.map((service) => statement(sidOf(service), bounded.filter((action) => serviceOf(action) === service), resourcesOf(service))),
    statement('WithoutResource', actions.filter((action) => WITHOUT_RESOURCE.test(action)), '*'),
  ];
};

const sidOf = (service: string): string => service.charAt(0).toUpperCase() + service.slice(1);

const resourcesOf = (service: string): readonly string[] => {
  const resources = RESOURCES[service];
  if (!resources) throw new Error(`scripts/deploy-policy/policy.ts does not say what of ${service} a deployment touches`);
  return resources;
};

/** The files of docs/ that a deployment's rights stand in, with their texts. */
export const policyFiles = (template: Template): ReadonlyMap<string, string> => {
  const types = [...new Set(Object.values(template.Resources).map(({ Type }) => Type))].filter((type) => !type.startsWith('Custom::'));
  const { data, services } = resourcePolicies(types);
  const documents = { 'deploy-policy': callerPolicy(), 'deploy-policy-data': data, 'deploy-policy-services': services };
  return new Map(Object.entries(documents).map(([name, document]) => [`docs/${name}.json`, `${JSON.stringify(document, null, 2)}\n`]));
};
