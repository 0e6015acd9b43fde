/** Environment variables as a value: what a Lambda finds in `process.env`. Only handlers read the real one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Services by the names the SDKs give them in `AWS_ENDPOINT_URL_<SERVICE>`: https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
const SERVICES = ['ATHENA', 'CLOUDFORMATION', 'DYNAMODB', 'GLUE', 'KINESIS', 'LAMBDA', 'S3', 'SECRETS_MANAGER', 'SFN'] as const;
export type Service = (typeof SERVICES)[number];

/** An AWS identity's keys. */
interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** What every SDK client is made from. */
export interface AwsConfig {
  region: string;
  /** `AWS_ENDPOINT_URL` of an emulator; absent on AWS. */
  endpoint?: string;
  /** `AWS_ENDPOINT_URL_<SERVICE>`, for services that are elsewhere than the others. */
  endpoints?: Readonly<Partial<Record<Service, string>>>;
  /** Absent: the SDK's own chain (environment, profile, container, instance). */
  credentials?: Credentials | (() => Promise<Credentials>);
  /** Of the shared configuration files, in place of AWS_PROFILE. */
  profile?: string;
}

/** A variable that must be there; a missing one is a mistake of the deployment, said at start. */
export const required = (environment: Environment, name: string): string => {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
};

/** A whole number of 0 or more, or the fallback where the variable is not set. */
export const wholeNumber = (environment: Environment, name: string, fallback: number): number => {
  const value = environment[name];
  if (value === undefined || value === '') return fallback;
  if (!/^\d{1,15}$/.test(value)) throw new Error(`environment variable ${name} is not a whole number: ${value}`);
  return Number(value);
};

/** Region, endpoints and credentials from the standard variables of the AWS SDKs. */
export const awsConfigOf = (environment: Environment): AwsConfig => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, AWS_ENDPOINT_URL: endpoint } = environment;
  const endpoints = Object.fromEntries(SERVICES.flatMap((service) => pairOf(service, environment[`AWS_ENDPOINT_URL_${service}`])));
  return {
    region: environment['AWS_REGION'] ?? required(environment, 'AWS_DEFAULT_REGION'),
    ...(endpoint ? { endpoint } : {}),
    ...(Object.keys(endpoints).length > 0 ? { endpoints } : {}),
    ...(accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } } : {}),
  };
};

const pairOf = (service: Service, url: string | undefined): [Service, string][] => (url ? [[service, url]] : []);

/** What one service's client is made from: a service's own endpoint goes before that of all, as in the SDKs. */
export const clientConfigOf = <Config extends Partial<AwsConfig>>({ endpoints, ...config }: Config, service: Service): Omit<Config, 'endpoints'> => {
  const endpoint = endpoints?.[service];
  return endpoint === undefined ? config : { ...config, endpoint };
};
