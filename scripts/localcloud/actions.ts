import * as athena from '@aws-sdk/client-athena';
import * as cloudformation from '@aws-sdk/client-cloudformation';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as firehose from '@aws-sdk/client-firehose';
import * as glue from '@aws-sdk/client-glue';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import * as states from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';

/** Which of a service's actions the embedded cloud has, by AWS's own list of them: the commands of its SDK. */
export interface ServiceActions {
  service: string;
  there: string[];
  notThere: string[];
}

const SERVICES: Readonly<Record<string, object>> = {
  s3, kinesis, firehose, dynamodb, glue, athena, 'step functions': states, lambda, scheduler, sqs, sns, 'secrets manager': secretsManager, cloudwatch, 'cloudwatch logs': logs, cloudformation, sts,
};

interface Client {
  send(command: object, options: { abortSignal: AbortSignal }): Promise<unknown>;
  destroy(): void;
}
type ClientClass = new (options: object) => Client;
type CommandClass = new (input: Record<string, unknown>) => object;

/** Inputs that let a request be sent at all; nothing of these names exists. */
const BASE_INPUTS: Readonly<Record<string, Record<string, unknown>>> = {
  s3: { Bucket: 'nothing-here', Key: 'nothing', CopySource: 'nothing-here/nothing', UploadId: 'nothing', PartNumber: 1, RequestRoute: 'nothing', RequestToken: 'nothing', Body: '' },
};

/** Calls every command of every service once with next to no input, and sorts them by whether the answer is 501. */
export const probeActions = async (endpoint: string): Promise<ServiceActions[]> => {
  const services: ServiceActions[] = [];
  for (const [service, sdk] of Object.entries(SERVICES)) services.push(await probeService(endpoint, service, sdk as Record<string, unknown>));
  return services;
};

const probeService = async (endpoint: string, service: string, sdk: Record<string, unknown>): Promise<ServiceActions> => {
  const clientName = Object.keys(sdk).find((name) => /^[A-Z]\w+Client$/.test(name) && name !== '__Client');
  const client = new (sdk[clientName ?? ''] as ClientClass)({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1, forcePathStyle: true, disableHostPrefix: true });
  const names = Object.keys(sdk).filter((name) => name.endsWith('Command') && name !== '$Command').sort();
  const result: ServiceActions = { service, there: [], notThere: [] };
  try {
    for (const name of names) {
      const isThere = await answers(client, sdk[name] as CommandClass, { ...BASE_INPUTS[service] });
      result[isThere ? 'there' : 'notThere'].push(name.replace(/Command$/, ''));
    }
  } finally {
    client.destroy();
  }
  return result;
};

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** Is the action there? What the SDK itself asks for in a path is filled in until it sends the request. */
const answers = async (client: Client, Command: CommandClass, input: Record<string, unknown>): Promise<boolean> => {
  for (;;) {
    try {
      await client.send(new Command(input), { abortSignal: AbortSignal.timeout(10_000) });
      return true;
    } catch (error) {
      const { message, $metadata } = error as SdkError;
      const status = $metadata?.httpStatusCode;
      if (status !== undefined) return status !== 501 && status !== 405; // 405: an unsigned request, which only S3 takes
      const label = /(?:HTTP label|Empty value provided for input HTTP label)\W+(\w+)/.exec(message)?.[1];
      if (label === undefined || label in input) throw new Error(`${Command.name}: ${message}`, { cause: error });
      input[label] = 'nothing';
    }
  }
};

/** The page of all actions, in Markdown. */
export const actionsPage = (services: readonly ServiceActions[]): string => {
  const section = ({ service, there, notThere }: ServiceActions): string =>
    `## ${service}: ${there.length} of ${there.length + notThere.length}\n\n${there.join(', ')}\n${notThere.length === 0 ? '' : `\nNot there: ${notThere.join(', ')}\n`}`;
  return `# Every action of every service

Made by \`npm run localcloud:actions\`, which calls each command that AWS's SDK has for these services and sees whether the answer is
"not supported locally". A test keeps this page true. What an action that is there does otherwise than AWS: [README](README.md).

${services.map(section).join('\n')}`;
};
