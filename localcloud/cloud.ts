import path from 'node:path';
import { AthenaService } from './athena/index.ts';
import { CloudWatchService } from './cloudwatch/index.ts';
import type { CloudEnvironment, CloudOptions, PostgresChoice, SftpChoice } from './cloud-options.ts';
import { callAction } from './core/call-action.ts';
import { lockDirectory } from './core/directory-lock.ts';
import type { Clock, Service } from './core/service.ts';
import { DynamoDbService } from './dynamodb/index.ts';
import { FirehoseService } from './firehose/index.ts';
import { Gateway } from './gateway/index.ts';
import { GlueService } from './glue/index.ts';
import { KinesisService } from './kinesis/index.ts';
import { LambdaService, patientInvoker } from './lambda/index.ts';
import { startPostgres } from './postgres/index.ts';
import type { PostgresServer } from './postgres/index.ts';
import { FileObjectStore, S3Service } from './s3/index.ts';
import { SecretsManagerService } from './secretsmanager/index.ts';
import { startSftp } from './sftp/index.ts';
import type { SftpServer } from './sftp/index.ts';
import { SnsService } from './sns/index.ts';
import { StatesService } from './states/index.ts';
import { StsService } from './sts/index.ts';

/** The services, each with its typed methods; their APIs are behind the gateway. */
export interface CloudServices {
  /** Objects, in process. */
  store: FileObjectStore;
  s3: S3Service;
  kinesis: KinesisService;
  firehose: FirehoseService;
  dynamodb: DynamoDbService;
  glue: GlueService;
  athena: AthenaService;
  states: StatesService;
  lambda: LambdaService;
  sns: SnsService;
  secretsManager: SecretsManagerService;
  cloudWatch: CloudWatchService;
  sts: StsService;
}

export interface Cloud extends CloudServices {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly environment: CloudEnvironment;
  /** Where functions are registered: the Lambda service. */
  readonly functions: LambdaService;
  readonly postgres?: PostgresServer;
  readonly sftp?: SftpServer;
  /** Ends everything in order; what was acknowledged is on disk, and the next start goes on from it. */
  stop(): Promise<void>;
}

const DEFAULT_REGION = 'eu-west-1';
/** How long a delivery stream or a workflow waits for a function that its program has not registered yet. */
const FUNCTION_PATIENCE_MS = 60_000;

/**
 * Starts the embedded cloud on a data directory. Throws DirectoryInUseError where another process uses the directory,
 * PortInUseError where the port is taken, RangeError for a host other than loopback; then nothing is left running.
 */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const dataDir = path.resolve(options.dataDir);
  const cleanUp = new CleanUp();
  cleanUp.add(lockDirectory(dataDir));
  try {
    return await start(dataDir, options, cleanUp);
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
};

const start = async (dataDir: string, options: CloudOptions, cleanUp: CleanUp): Promise<Cloud> => {
  const region = options.region ?? DEFAULT_REGION;
  const servers = startServers(dataDir, options, cleanUp);
  let endpoint = '';
  servers.catch(() => undefined); // awaited below; an earlier failure must not leave it unhandled
  try {
    const services = createServices(dataDir, region, options, cleanUp, () => endpoint);
    for (const definition of options.functions ?? []) services.lambda.register(definition);
    const gateway = await Gateway.start({ services: apis(services), port: options.port ?? 0, ...(options.host === undefined ? {} : { host: options.host }) });
    endpoint = gateway.endpoint;
    cleanUp.add(() => gateway.stop());
    return { ...services, ...(await servers), endpoint, region, dataDir, environment: environmentOf(endpoint, region), functions: services.lambda, stop: () => cleanUp.run() };
  } catch (error) {
    await servers.catch(() => undefined); // so that what did start is known to the clean-up
    throw error;
  }
};

const environmentOf = (endpoint: string, region: string): CloudEnvironment => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});

const apis = (services: CloudServices): Service[] => {
  const { s3, kinesis, firehose, dynamodb, glue, athena, states, lambda, sns, secretsManager, cloudWatch, sts } = services;
  return [s3, kinesis, firehose, dynamodb, glue, athena, states, lambda, sns, secretsManager, cloudWatch, sts];
};

/** Services by what they need of each other. They are stopped in the opposite order. */
const createServices = (dataDir: string, region: string, options: CloudOptions, cleanUp: CleanUp, endpoint: () => string): CloudServices => {
  const clock: Clock = options.clock ?? (() => new Date());
  const folder = (name: string): string => path.join(dataDir, name);
  const own = <T extends Service>(service: T): T => {
    cleanUp.add(() => service.stop?.());
    return service;
  };

  const store = new FileObjectStore({ dataDir });
  const s3 = own(new S3Service({ store, clock }));
  const glue = own(new GlueService({ folder: folder('glue'), clock }));
  const kinesis = own(new KinesisService({ dataDir: folder('kinesis'), region, clock }));
  const dynamodb = own(new DynamoDbService({ dataDir: folder('dynamodb'), region }));
  const cloudWatch = own(new CloudWatchService({ dataDir, clock }));
  const athena = own(new AthenaService({ store, catalog: glue.catalog, clock, stateFolder: folder('athena'), temporaryFolder: folder('tmp'), ...(options.athena ? { limits: options.athena } : {}) }));
  const lambda = own(new LambdaService({ dataDir, region, clock, logs: cloudWatch }));
  const functions = patientInvoker(lambda, FUNCTION_PATIENCE_MS);
  const sns = own(new SnsService({ dataDir, region, clock, deliver: (name, event) => lambda.accept(name, JSON.stringify(event)) }));
  const bufferSeconds = options.firehose?.bufferSeconds;
  const onProblem = (name: string, problem: Error): void => cloudWatch.write(`/aws/kinesisfirehose/${name}`, `ERROR\t${problem.stack ?? problem.message}`);
  const firehose = own(new FirehoseService({ dataDir: folder('firehose'), region, clock, objects: store, streams: kinesis, functions, catalog: glue, onProblem, ...(bufferSeconds === undefined ? {} : { bufferSeconds }) }));
  const askAthena = (action: string, input: Record<string, unknown>): Promise<unknown> => callAction(endpoint(), `AmazonAthena.${action}`, input);
  const states = own(new StatesService({ dataDir: folder('states'), region, clock, functions, queries: athena, publisher: sns, athena: askAthena }));
  cleanUp.add(() => lambda.endWaiting()); // before what waits for its calls under way is stopped
  const secretsManager = own(new SecretsManagerService({ dataDir, clock }));
  return { store, s3, glue, kinesis, dynamodb, cloudWatch, athena, lambda, sns, firehose, states, secretsManager, sts: new StsService() };
};

/** The servers that speak protocols of their own, side by side. Where one fails, the others are known to the clean-up. */
const startServers = async (dataDir: string, options: CloudOptions, cleanUp: CleanUp): Promise<Pick<Cloud, 'postgres' | 'sftp'>> => {
  const own = async <T extends { stop(): Promise<void> }>(starting: Promise<T> | undefined): Promise<T | undefined> => {
    const server = await starting;
    if (server) cleanUp.add(() => server.stop());
    return server;
  };
  const choice = options.postgres === true ? {} : options.postgres;
  const starts = [own(choice ? beginPostgres(dataDir, choice) : undefined), own(options.sftp ? beginSftp(dataDir, options.sftp) : undefined)] as const;
  await Promise.allSettled(starts);
  const [postgres, sftp] = await Promise.all(starts);
  return { ...(postgres ? { postgres } : {}), ...(sftp ? { sftp } : {}) };
};

const beginPostgres = (dataDir: string, { databases, ...rest }: PostgresChoice): Promise<PostgresServer> =>
  startPostgres({ dataDir: path.join(dataDir, 'postgres'), ...rest, ...(databases ? { databases: [...databases] } : {}) });

const beginSftp = (dataDir: string, { users, ...rest }: SftpChoice): Promise<SftpServer> =>
  startSftp({ root: path.join(dataDir, 'sftp', 'files'), hostKeyFile: path.join(dataDir, 'sftp', 'host_key'), users: Object.fromEntries(users.map(({ name, ...access }) => [name, access])), ...rest });

/** What ends a part; where it takes time, a promise. */
type Step = () => unknown;

/** What has been started, stopped in the opposite order. */
class CleanUp {
  private readonly steps: Step[] = [];
  private running: Promise<void> | undefined;

  add(step: Step): void {
    this.steps.push(step);
  }

  /** A second call waits for the first. Every step is run; then the first failure is thrown. */
  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  private async runSteps(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the embedded cloud did not stop cleanly');
  }
}
