import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { applyTemplate, readServerlessTemplate } from '../../localcloud/cloudformation/index.ts';
import type { Template } from '../../localcloud/cloudformation/index.ts';
import { startCloud } from '../../localcloud/index.ts';
import type { Cloud, FunctionHandler } from '../../localcloud/index.ts';
import { generateKeyPair } from '../../localcloud/sftp/index.ts';
import { createShopTables } from '../../cli/local/shop-database.ts';
import type { DatabaseAccess, SftpAccess } from '../../cli/publish/sources.ts';

/**
 * The services of the lake, which the embedded cloud serves beside an emulator that has the functions. S3, Glue and Athena are one thing;
 * Firehose writes into it and reads its stream from Kinesis; Step Functions waits for Athena: so all six are on one side.
 */
const LAKE_SERVICES = ['ATHENA', 'GLUE', 'S3', 'FIREHOSE', 'KINESIS', 'SFN'] as const;

/** What tells a function, or a shell, where the lake's services are; AWS_ENDPOINT_URL is the emulator's. */
export const lakeEndpoints = (url: string): Record<string, string> => Object.fromEntries(LAKE_SERVICES.map((service) => [`AWS_ENDPOINT_URL_${service}`, url]));

export const REGION = 'eu-west-1';
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

const DATABASE = 'shop';
const SFTP_USER = 'floe';

export interface LakeCloudOptions {
  /** The folder with serverless.yml. */
  projectRoot: string;
  dataDir: string;
  port: number;
  stage: string;
  /** Where the functions are deployed: what is invoked here is invoked there. */
  functionsEndpoint: string;
  /** Whether the shop's side is there too: a PostgreSQL with its tables, an SFTP server. */
  withShop?: boolean;
}

/** How the shop's servers are reached, by the functions and by those who play the shop. */
export interface Shop {
  readonly sftp: SftpAccess;
  readonly database: DatabaseAccess;
}

export interface LakeCloud {
  readonly endpoint: string;
  readonly shop: Shop | undefined;
  stop(): Promise<void>;
}

/**
 * An embedded cloud with the resources of the stage, whose functions run elsewhere. It is there before they are: the deployment of the
 * functions makes the tables, which needs buckets, databases and the workgroup.
 */
export const startLakeCloud = async ({ projectRoot, dataDir, port, stage, functionsEndpoint, withShop = false }: LakeCloudOptions): Promise<LakeCloud> => {
  const lambda = new LambdaClient({ endpoint: functionsEndpoint, region: REGION, credentials: CREDENTIALS });
  const { stackName, template } = readServerlessTemplate({ projectRoot, stage, region: REGION });
  const key = generateKeyPair();
  const servers = withShop ? { postgres: { databases: [DATABASE], packagesFrom: projectRoot }, sftp: { users: [{ name: SFTP_USER, publicKey: key.publicKey }] } } : {};
  const cloud = await startCloud({ dataDir, port, region: REGION, firehose: { bufferSeconds: 2 }, schedules: 'off', ...servers }, async ({ endpoint, functions }) => {
    await applyTemplate({
      template: withoutCustomResources(template), stackName, endpoint, region: REGION, credentials: CREDENTIALS, taskRoot: projectRoot,
      registerFunction: ({ name, timeoutSeconds }) => functions.register({ name, timeoutSeconds, handler: elsewhere(lambda, name), newHandler: () => elsewhere(lambda, name) }),
    });
  });
  const shop = shopOf(cloud, key.privateKey);
  if (shop !== undefined) await createShopTables(shop.database, projectRoot);
  return {
    endpoint: cloud.endpoint,
    shop,
    async stop() {
      await cloud.stop();
      lambda.destroy();
    },
  };
};

const shopOf = ({ postgres, sftp }: Cloud, privateKey: string): Shop | undefined =>
  postgres === undefined || sftp === undefined ? undefined : {
    sftp: { host: sftp.host, port: sftp.port, username: SFTP_USER, privateKey, hostKey: sftp.hostKeyFingerprint, folder: '/' },
    database: { ...postgres.connectionInfo, database: DATABASE },
  };

/** The tables are made by a function of the deployment, which is the emulator's affair, and what waits for them (the schedules) is too. */
const withoutCustomResources = (template: Template): Template => {
  const isCustom = (id: string): boolean => template.Resources[id]?.Type.startsWith('Custom::') ?? false;
  const isLeftOut = (id: string): boolean => isCustom(id) || [template.Resources[id]?.DependsOn ?? []].flat().some(isCustom);
  return { ...template, Resources: Object.fromEntries(Object.entries(template.Resources).filter(([id]) => !isLeftOut(id))) };
};

/** A function of the other side, as it answers and as it fails. */
const elsewhere = (lambda: LambdaClient, name: string): FunctionHandler => async (event) => {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }));
  const answer: unknown = Payload === undefined || Payload.length === 0 ? null : JSON.parse(Buffer.from(Payload).toString('utf8'));
  if (FunctionError === undefined) return answer;
  const { errorType = FunctionError, errorMessage = '' } = answer as { errorType?: string; errorMessage?: string };
  throw Object.assign(new Error(errorMessage), { name: errorType });
};
