import path from 'node:path';
import type { CloudEnvironment, CloudOptions } from './cloud-options.ts';
import { startServers } from './cloud-servers.ts';
import type { CloudServers } from './cloud-servers.ts';
import { apis, createServices } from './cloud-services.ts';
import type { CloudServices } from './cloud-services.ts';
import { CleanUp } from './core/clean-up.ts';
import { lockDirectory } from './core/directory-lock.ts';
import { Gateway } from './gateway/index.ts';
import type { LambdaService } from './lambda/index.ts';

/** What is there as soon as the gateway listens. */
export interface CloudBehindGateway extends CloudServices {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly environment: CloudEnvironment;
  /** Where functions are registered: the Lambda service. */
  readonly functions: LambdaService;
}

export interface Cloud extends CloudBehindGateway, CloudServers {
  /** Ends everything in order; what was acknowledged is on disk, and the next start goes on from it. */
  stop(): Promise<void>;
}

const DEFAULT_REGION = 'eu-west-1';

/** Work on the services, done while the servers of other protocols still start: the first start of PostgreSQL takes a second. */
export type Preparation = (cloud: CloudBehindGateway) => Promise<void>;

/**
 * Starts the embedded cloud on a data directory. Where `prepare` fails, so does the start. Throws DirectoryInUseError where another process uses the directory,
 * PortInUseError where the port is taken, RangeError for a host other than loopback; then nothing is left running.
 */
export const startCloud = async (options: CloudOptions, prepare?: Preparation): Promise<Cloud> => {
  const dataDir = path.resolve(options.dataDir);
  const cleanUp = new CleanUp();
  cleanUp.add(lockDirectory(dataDir));
  try {
    return await start(dataDir, options, cleanUp, prepare);
  } catch (error) {
    await cleanUp.run().catch((second: unknown) => {
      throw new AggregateError([error, second], 'the embedded cloud neither started nor stopped cleanly');
    });
    throw error;
  }
};

const start = async (dataDir: string, options: CloudOptions, cleanUp: CleanUp, prepare: Preparation | undefined): Promise<Cloud> => {
  const region = options.region ?? DEFAULT_REGION;
  const servers = startServers(dataDir, options, cleanUp);
  let endpoint = '';
  servers.catch(() => undefined); // awaited below; an earlier failure must not leave it unhandled
  try {
    const services = createServices(dataDir, region, options, cleanUp, () => endpoint);
    for (const definition of options.functions ?? []) services.lambda.register(definition);
    const gateway = await Gateway.start({
      services: apis(services),
      callerWith: (accessKeyId) => services.iam.callerWith(accessKeyId),
      port: options.port ?? 0,
      ...(options.host === undefined ? {} : { host: options.host }),
    });
    endpoint = gateway.endpoint;
    cleanUp.add(() => gateway.stop());
    cleanUp.add(() => services.sqs.endWaiting()); // the gateway waits for requests under way, of which long polls are some
    const behindGateway = { ...services, endpoint, region, dataDir, environment: environmentOf(endpoint, region), functions: services.lambda };
    await prepare?.(behindGateway);
    if (options.schedules !== 'off') services.scheduler.start();
    return { ...behindGateway, ...(await servers), stop: () => cleanUp.run() };
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
