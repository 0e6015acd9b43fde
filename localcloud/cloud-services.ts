import path from 'node:path';
import { AthenaService, icebergByGlue } from './athena/index.ts';
import { CloudFormationService } from './cloudformation/cloudformation-service.ts'; // not the folder's index, which loads the clients that deploy
import { CloudWatchService } from './cloudwatch/index.ts';
import type { CloudOptions } from './cloud-options.ts';
import type { Caller } from './core/caller.ts';
import { callAction } from './core/call-action.ts';
import type { CleanUp } from './core/clean-up.ts';
import type { Clock, Service } from './core/service.ts';
import { processTimers } from './core/timers.ts';
import type { Timers } from './core/timers.ts';
import { DynamoDbService } from './dynamodb/index.ts';
import { serviceOfTarget } from './gateway/index.ts';
import { FirehoseService } from './firehose/index.ts';
import { IamService } from './iam/index.ts';
import { GlueService } from './glue/index.ts';
import { KinesisService } from './kinesis/index.ts';
import { LambdaService, patientInvoker } from './lambda/index.ts';
import { FileObjectStore, S3Service } from './s3/index.ts';
import { SchedulerService } from './scheduler/index.ts';
import { SecretsManagerService } from './secretsmanager/index.ts';
import { SnsService } from './sns/index.ts';
import type { Subscription } from './sns/index.ts';
import { SqsService } from './sqs/index.ts';
import { StatesService } from './states/index.ts';
import { StsService } from './sts/index.ts';

/** How long a delivery stream or a workflow waits for a function that its program has not registered yet. */
const FUNCTION_PATIENCE_MS = 60_000;

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
  scheduler: SchedulerService;
  lambda: LambdaService;
  sns: SnsService;
  sqs: SqsService;
  secretsManager: SecretsManagerService;
  cloudWatch: CloudWatchService;
  cloudFormation: CloudFormationService;
  iam: IamService;
  sts: StsService;
}

/** What every service is made from. */
interface Ground {
  dataDir: string;
  region: string;
  clock: Clock;
  timers: Timers;
  /** Of the gateway. */
  endpoint: () => string;
  options: CloudOptions;
  /** Makes a service's end part of the cloud's. */
  own: <T extends Service>(service: T) => T;
}

/**
 * Makes the services, each with the ports it needs of the others; they are ended in the opposite order. `endpoint` is asked
 * only once the gateway is up.
 */
export const createServices = (
  dataDir: string,
  region: string,
  options: CloudOptions,
  cleanUp: CleanUp,
  endpoint: () => string,
): CloudServices => {
  const own = <T extends Service>(service: T): T => {
    cleanUp.add(() => service.stop?.());
    return service;
  };
  const clock = options.clock ?? (() => new Date());
  const ground: Ground = { dataDir, region, clock, timers: processTimers(clock), endpoint, options, own };
  const storage = createStorage(ground);
  const computing = createComputing(ground, storage);
  const moving = createMoving(ground, storage, computing);
  cleanUp.add(() => computing.lambda.endWaiting()); // before what waits for its calls under way is stopped
  return { ...storage, ...computing, ...moving };
};

type Storage = Pick<CloudServices, 'store' | 's3' | 'glue' | 'kinesis' | 'dynamodb' | 'sqs' | 'secretsManager' | 'cloudWatch' | 'cloudFormation' | 'iam' | 'sts'>;
type Computing = Pick<CloudServices, 'athena' | 'lambda' | 'sns'>;
type Moving = Pick<CloudServices, 'firehose' | 'states' | 'scheduler'>;

/** What keeps data and needs nobody. */
const createStorage = ({ dataDir, region, clock, timers, endpoint, options, own }: Ground): Storage => {
  const store = new FileObjectStore({ dataDir });
  store.discardUnfinished();
  const cloudWatch = own(new CloudWatchService({ dataDir, clock }));
  const iam = own(new IamService({ folder: path.join(dataDir, 'iam'), clock }));
  const onProblem = (problem: unknown): void => cloudWatch.write('/aws/dynamodb', `ERROR\texpired items could not be deleted: ${String(problem)}`);
  return {
    store,
    s3: own(new S3Service({ store, clock })),
    glue: own(new GlueService({ folder: path.join(dataDir, 'glue'), clock, createIceberg: icebergByGlue({ store, clock }) })),
    kinesis: own(new KinesisService({ dataDir: path.join(dataDir, 'kinesis'), region, clock, ...options.kinesis })),
    dynamodb: own(new DynamoDbService({ dataDir: path.join(dataDir, 'dynamodb'), region, clock, onProblem })),
    sqs: own(new SqsService({ dataDir: path.join(dataDir, 'sqs'), region, timers, endpoint })),
    secretsManager: own(new SecretsManagerService({ dataDir, clock })),
    cloudWatch,
    cloudFormation: own(new CloudFormationService({ dataDir, region, clock })),
    iam,
    sts: own(new StsService({ assume: (caller, roleArn, name) => iam.assume(caller, roleArn, name), clock })),
  };
};

/** What computes on it, and what tells functions. */
const createComputing = ({ dataDir, region, clock, timers, options, own }: Ground, { store, glue, kinesis, cloudWatch, sqs }: Storage): Computing => {
  const folders = { stateFolder: path.join(dataDir, 'athena'), temporaryFolder: path.join(dataDir, 'tmp') };
  const limits = options.athena ? { limits: options.athena } : {};
  const athena = own(new AthenaService({ store, catalog: glue.catalog, clock, region, ...folders, ...limits }));
  const publisher = { publish: async (...message: Parameters<SnsService['publish']>) => sns.publish(...message) };
  const destinations = { queues: sqs, publisher, objects: store };
  const lambda = own(new LambdaService({ dataDir, region, clock, timers, logs: cloudWatch, destinations, sources: { queues: sqs, streams: kinesis } }));
  const deliver = (name: string, event: unknown): void => lambda.accept(name, JSON.stringify(event));
  const onProblem = ({ topicArn, endpoint }: Subscription, problem: unknown): void =>
    cloudWatch.write('/aws/sns', `ERROR\t${topicArn} could not be delivered to ${endpoint}: ${String(problem)}`);
  const sns = own(new SnsService({ dataDir, region, clock, deliver, queues: sqs, onProblem }));
  return { athena, lambda, sns };
};

/** What moves data and drives the others. */
const createMoving = (ground: Ground, storage: Storage, { athena, lambda, sns }: Computing): Moving => {
  const { dataDir, region, clock, endpoint, options, own } = ground;
  const functions = patientInvoker(lambda, FUNCTION_PATIENCE_MS);
  const onProblem = (name: string, problem: Error): void =>
    storage.cloudWatch.write(`/aws/kinesisfirehose/${name}`, `ERROR\t${problem.stack ?? problem.message}`);
  const ports = { objects: storage.store, streams: storage.kinesis, functions, catalog: storage.glue, roles: storage.iam, onProblem };
  const buffer = options.firehose?.bufferSeconds === undefined ? {} : { bufferSeconds: options.firehose.bufferSeconds };
  const ask = (target: string, input: Record<string, unknown>, caller: Caller): Promise<unknown> => callAction(endpoint(), target, input, { caller, region, service: serviceOfTarget(target) });
  const askAthena = (action: string, input: Record<string, unknown>, caller: Caller): Promise<unknown> =>
    ask(`AmazonAthena.${action}`, input, caller);
  const firehose = own(new FirehoseService({ dataDir: path.join(dataDir, 'firehose'), region, clock, ...ports, ...buffer }));
  const states = own(new StatesService({ dataDir: path.join(dataDir, 'states'), region, clock, functions, queries: athena, publisher: sns, athena: askAthena, queues: storage.sqs, ask, roles: storage.iam }));
  return { firehose, states, scheduler: createScheduler(ground, storage, { lambda, sns }, states) };
};

/** Calls the others when their time has come. */
const createScheduler = ({ dataDir, region, timers, own }: Ground, { sqs, cloudWatch, iam }: Storage, { lambda, sns }: Pick<Computing, 'lambda' | 'sns'>, states: StatesService): SchedulerService => {
  const targets = {
    invokeFunction: async (functionArn: string, event: string, caller: Caller) => {
      lambda.checkInvoker(functionArn, caller);
      await lambda.whenRegistered(functionArn, FUNCTION_PATIENCE_MS);
      lambda.accept(functionArn, event);
    },
    startExecution: async (stateMachineArn: string, input: string, caller: Caller) => states.startExecution(stateMachineArn, input, caller),
    queues: sqs,
    publisher: sns,
  };
  return own(new SchedulerService({ dataDir: path.join(dataDir, 'scheduler'), region, timers, targets, logs: cloudWatch, roles: iam }));
};

/** Those with an API behind the gateway. */
export const apis = (services: CloudServices): Service[] => {
  const { s3, kinesis, firehose, dynamodb, glue, athena, states, lambda, sns, sqs, scheduler, secretsManager, cloudWatch, cloudFormation, iam, sts } = services;
  return [s3, kinesis, firehose, dynamodb, glue, athena, states, lambda, sns, sqs, scheduler, secretsManager, cloudWatch, cloudFormation, iam, sts];
};
