import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { clientConfigOf, type AwsConfig } from '../../src/lib/aws/index.ts';
import { CliError } from '../cli-error.ts';

/** A deployment as CloudFormation knows it. */
export interface Stack {
  /** `floe-prod` */
  name: string;
  accountId: string;
  region: string;
  outputs: Readonly<Record<string, string>>;
}

/** Where and as whom the SDK's clients speak; what is absent is for the SDK's own chains (environment, shared configuration files, …). */
export type Access = Partial<AwsConfig>;

/**
 * The stack of a stage, and the access that found it with region and identity settled: one sign-in serves every client made from it.
 * @throws CliError where there is no such stack; the SDK's own errors where nobody is signed in or no region is known
 */
export const findStack = async (stage: string, access: Access): Promise<{ stack: Stack; config: AwsConfig }> => {
  const client = new CloudFormationClient(clientConfigOf(access, 'CLOUDFORMATION'));
  try {
    const region = await client.config.region();
    const stack = await readStack(client, `floe-${stage}`, region);
    return { stack, config: { ...access, region, credentials: client.config.credentials } };
  } finally {
    client.destroy();
  }
};

const readStack = async (client: CloudFormationClient, name: string, region: string): Promise<Stack> => {
  const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
    throw isMissing(error) ? noStack(name, region, error) : error;
  });
  if (found?.StackId === undefined) throw noStack(name, region);
  const accountId = found.StackId.split(':')[4] ?? ''; // arn:aws:cloudformation:region:account:stack/name/id
  return { name, accountId, region, outputs: Object.fromEntries((found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])) };
};

/** AWS has no error name of its own for it: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');

const noStack = (name: string, region: string, cause?: unknown): CliError =>
  new CliError(`there is no stack ${name} in ${region} of this account: look at --stage, --region and --profile, or deploy it: npx serverless deploy --stage ${name.replace(/^floe-/, '')}`, { cause });
