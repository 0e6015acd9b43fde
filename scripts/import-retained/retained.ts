import type { Template } from '../../localcloud/cloudformation/index.ts';

/** One of a change set's ResourcesToImport: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceToImport.html */
export interface ResourceToImport {
  ResourceType: string;
  LogicalResourceId: string;
  ResourceIdentifier: Record<string, string>;
}

/** What the names in a template do not tell. */
export interface Surroundings {
  /** The AWS account's id. */
  account: string;
  /** A secret's ARN, which ends with characters of AWS's choice, by its name. */
  secretArn: (name: string) => Promise<string>;
}

type Properties = NonNullable<Template['Resources'][string]['Properties']>;

/** The part of a template that outlives its stack, which is all that a stack can begin with by an import: no outputs, nothing new. */
export const retainedTemplate = ({ Resources }: Template): Template => ({
  Resources: Object.fromEntries(Object.entries(Resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'RetainExceptOnCreate')),
});

/**
 * How CloudFormation finds each resource of such a template: by its type's primary identifier, in AWS's schemas.
 * @throws Error where a type has none here, or a name is not plain text with the account's id
 */
export const resourcesToImport = ({ Resources }: Template, surroundings: Surroundings): Promise<ResourceToImport[]> =>
  Promise.all(
    Object.entries(Resources).map(async ([LogicalResourceId, { Type, Properties = {} }]) => {
      const identify = IDENTIFIERS[Type];
      if (identify === undefined) throw new Error(`${LogicalResourceId}: how a ${Type} is identified is not written down`);
      return { ResourceType: Type, LogicalResourceId, ResourceIdentifier: await identify(Properties, surroundings) };
    }),
  );

const IDENTIFIERS: Readonly<Record<string, (properties: Properties, surroundings: Surroundings) => Promise<Record<string, string>>>> = {
  'AWS::S3::Bucket': async ({ BucketName }, { account }) => ({ BucketName: nameOf(BucketName, account) }),
  'AWS::DynamoDB::Table': async ({ TableName }, { account }) => ({ TableName: nameOf(TableName, account) }),
  'AWS::Glue::Database': async ({ DatabaseInput }, { account }) => ({ DatabaseName: nameOf((DatabaseInput as Properties)['Name'], account) }),
  'AWS::Kinesis::Stream': async ({ Name }, { account }) => ({ Name: nameOf(Name, account) }),
  'AWS::SecretsManager::Secret': async ({ Name }, { account, secretArn }) => ({ Id: await secretArn(nameOf(Name, account)) }),
};

/** `floe-prod-lake-123456789012` of `{ 'Fn::Sub': 'floe-prod-lake-${AWS::AccountId}' }` */
const nameOf = (value: Properties[string] | undefined, account: string): string => {
  const text: unknown = typeof value === 'object' && value !== null && 'Fn::Sub' in value ? value['Fn::Sub'] : value;
  const name = typeof text === 'string' ? text.replaceAll('${AWS::AccountId}', account) : '';
  if (name === '' || name.includes('${')) throw new Error(`not a name that is known beforehand: ${JSON.stringify(value)}`);
  return name;
};
