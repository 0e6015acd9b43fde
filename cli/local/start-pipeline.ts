import { deployLocally } from '../../localcloud/cloudformation/index.ts';
import { DirectoryInUseError, PortInUseError, startCloud } from '../../localcloud/index.ts';
import type { Cloud, CloudBehindGateway, CloudEnvironment, CloudOptions, Preparation } from '../../localcloud/index.ts';
import { CliError } from '../cli-error.ts';
import type { Environment } from '../../src/lib/aws/index.ts';
import type { DatabaseAccess, SftpAccess } from '../publish/sources.ts';
import { accessTo } from './access.ts';
import { connect } from '../pipeline/connection.ts';
import type { Connection } from '../pipeline/connection.ts';
import { announceRunning, prepareDataDir, withdrawRunning } from './data-dir.ts';
import { createLocalFunction } from './functions.ts';
import type { LocalFunction } from './functions.ts';
import { localNamesOf, localRegion, localStage } from './names.ts';
import { putSecrets, readOrCreateSftpKey } from './secrets.ts';
import { createShopTables } from './shop-database.ts';

export interface PipelineOptions {
  /** The folder with serverless.yml, src, sql and workflows. */
  projectRoot: string;
  /** Absolute. An existing one goes on where it stopped. */
  dataDir: string;
  /** 0 for a free one. */
  port: number;
  /** Another than a user's pipeline has. */
  stage?: string;
}

/** The pipeline, deployed on an embedded cloud in this process. */
export interface LocalPipeline {
  readonly dataDir: string;
  readonly endpoint: string;
  /** What a shell exports to reach it with the AWS SDK or the `aws` command. */
  readonly environment: CloudEnvironment;
  readonly connection: Connection;
  readonly cloud: Cloud;
  stop(): Promise<void>;
}

const shop = 'shop';
const sftpUser = 'floe';

/** Seconds Firehose waits before it writes an object; on AWS it is 300, here nobody wants to wait. */
const deliverySeconds = 5;

/**
 * Starts the embedded cloud and brings the pipeline into it: resources by serverless.yml, functions by src/handlers,
 * tables and views by sql/, secrets, the shop's database. On a directory used before everything is found again.
 * @throws CliError where the directory cannot be used.
 */
export const startPipeline = async (options: PipelineOptions): Promise<LocalPipeline> => {
  const { dataDir, projectRoot, port, stage = localStage } = options;
  prepareDataDir(dataDir);
  const key = readOrCreateSftpKey(dataDir);
  const settings: CloudOptions = {
    dataDir,
    port,
    region: localRegion,
    firehose: { bufferSeconds: deliverySeconds },
    schedules: 'off', // runs are started by the command, so that what a user sees does not hang on the time of day
    postgres: { databases: [shop], packagesFrom: projectRoot },
    sftp: { users: [{ name: sftpUser, publicKey: key.publicKey }] },
  };
  const database: Partial<Record<string, string>> = {}; // known once the server has started, and asked for when a function is first called
  const cloud = await startOrExplain(settings, (services) => deploy(services, projectRoot, stage, database));
  const connection = await connectOrStop(cloud, stage);
  try {
    Object.assign(database, await connectSources(cloud, connection, projectRoot, key.privateKey));
    announceRunning(dataDir, { endpoint: cloud.endpoint, pid: process.pid, region: localRegion, stage });
    return {
      dataDir,
      endpoint: cloud.endpoint,
      environment: cloud.environment,
      connection,
      cloud,
      async stop() {
        withdrawRunning(dataDir);
        connection.close();
        await cloud.stop();
      },
    };
  } catch (error) {
    connection.close();
    await cloud.stop();
    throw error;
  }
};

/** What a user can mend is a line of its own; anything else is a defect of the cloud. */
const startOrExplain = async (options: CloudOptions, prepare: Preparation): Promise<Cloud> => {
  try {
    return await startCloud(options, prepare);
  } catch (error) {
    if (error instanceof DirectoryInUseError || error instanceof PortInUseError) throw new CliError(error.message, { cause: error });
    throw error;
  }
};

const connectOrStop = async (cloud: Cloud, stage: string): Promise<Connection> => {
  try {
    return await connect(stage, accessTo(cloud.endpoint, localRegion));
  } catch (error) {
    await cloud.stop();
    throw error;
  }
};

/** Resources, functions and tables: what needs neither the database nor the SFTP server, which start meanwhile. */
const deploy = async (cloud: CloudBehindGateway, projectRoot: string, stage: string, database: Environment): Promise<void> => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = cloud.environment;
  const { deliverNow, shopSecret } = localNamesOf(stage);
  await deployLocally({
    projectRoot, stage, region: localRegion, endpoint: cloud.endpoint, credentials: { accessKeyId, secretAccessKey },
    params: { databaseHost: '127.0.0.1' }, // there is one, so there are users to take in; its port is told when a function is first called
    registerFunction: ({ name, handler, timeoutSeconds, memoryMegabytes, environment }) => {
      const variables = { ...environment, ...localVariables(projectRoot) };
      // As on AWS: one event at a time in an environment, and another environment where one is busy.
      const newHandler = (): LocalFunction => atFirstCall(() => createLocalFunction(handler, { ...variables, ...database }));
      cloud.functions.register({ name, handler: newHandler(), newHandler, timeoutSeconds, memoryMb: memoryMegabytes, environment: variables });
    },
    registerStack: ({ outputs, ...stack }) => {
      const { physicalId: deliveryStream = '' } = stack.resources.find(({ type }) => type === 'AWS::KinesisFirehose::DeliveryStream') ?? {};
      cloud.functions.register({ name: deliverNow, handler: async () => cloud.firehose.flush(deliveryStream), timeoutSeconds: 900 });
      cloud.cloudFormation.register({ ...stack, outputs: { ...outputs, DeliverNowFunctionName: deliverNow, ShopSecretName: shopSecret } });
    },
  });
};

const atFirstCall = (make: () => LocalFunction): LocalFunction => {
  let made: LocalFunction | undefined;
  return (event, context) => (made ??= make())(event, context);
};

/** The shop's side: its tables, and how its files are reached. @returns variables that tell functions how its database is */
const connectSources = async (cloud: Cloud, { clients, names, stage }: Connection, projectRoot: string, sftpPrivateKey: string): Promise<Environment> => {
  const { host, port, user, password, database } = databaseAccess(cloud);
  await createShopTables({ host, port, user, password, database }, projectRoot);
  await putSecrets(clients.secrets, { ...names, ...localNamesOf(stage) }, { sftp: sftpAccess(cloud, sftpPrivateKey), shop: { host, port, user, password, database } });
  return { DATABASE_HOST: host, DATABASE_PORT: String(port), DATABASE_USER: user, DATABASE_PASSWORD: password, DATABASE_NAME: database };
};

/** What Lambda would set; no X-Ray here; and no other transactions than ours are open in the shop's database. */
const localVariables = (projectRoot: string): Record<string, string> => ({ LAMBDA_TASK_ROOT: projectRoot, POWERTOOLS_TRACE_ENABLED: 'false', USERS_SAFETY_LAG_SECONDS: '0' });

const databaseAccess = ({ postgres }: Cloud): DatabaseAccess => {
  if (postgres === undefined) throw new Error('the embedded cloud has started without a database');
  return { ...postgres.connectionInfo, database: shop };
};

const sftpAccess = ({ sftp }: Cloud, privateKey: string): SftpAccess => {
  if (sftp === undefined) throw new Error('the embedded cloud has started without an SFTP server');
  return { host: sftp.host, port: sftp.port, username: sftpUser, privateKey, hostKey: sftp.hostKeyFingerprint, folder: '/' };
};
