/** Environment variables as a value: what a Lambda finds in `process.env`. Only handlers read the real one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every SDK client is made from. */
export interface AwsConfig {
  region: string;
  /** `AWS_ENDPOINT_URL` of an emulator; absent on AWS. */
  endpoint?: string;
  /** Absent: the SDK's own chain (profile, container, instance). */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
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

/** Region, endpoint and credentials from the standard variables of the AWS SDKs. */
export const awsConfigOf = (environment: Environment): AwsConfig => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, AWS_ENDPOINT_URL: endpoint } = environment;
  return {
    region: environment['AWS_REGION'] ?? required(environment, 'AWS_DEFAULT_REGION'),
    ...(endpoint ? { endpoint } : {}),
    ...(accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } } : {}),
  };
};
