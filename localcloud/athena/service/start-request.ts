import { createHash } from 'node:crypto';
import type { Input } from '../../glue/input.ts';
import { athenaRefusal } from './refusals.ts';

/** StartQueryExecution's input, checked. */
export interface StartRequest {
  query: string;
  token: string | undefined;
  workGroup: string;
  database: string | undefined;
  catalog: string | undefined;
  parameters: string[] | undefined;
  outputLocation: string | undefined;
  /** Of the result configuration: kept and told, without effect here. */
  encryption: Record<string, unknown> | undefined;
  expectedBucketOwner: string | undefined;
  acl: Record<string, unknown> | undefined;
  /** ResultReuseByAgeConfiguration; undefined where not enabled. */
  reuseMaxAgeMinutes: number | undefined;
  /** Differs where anything but the token does. */
  fingerprint: string;
}

const LONGEST_REUSE_MINUTES = 10_080;
const DEFAULT_REUSE_MINUTES = 60;

/**
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 * @throws AwsError InvalidRequestException
 */
export const readStartRequest = (input: Input): StartRequest => {
  const context = input.structure('QueryExecutionContext');
  const configuration = input.structure('ResultConfiguration');
  const request: Omit<StartRequest, 'fingerprint'> = {
    query: input.text('QueryString'),
    token: token(input),
    workGroup: input.optionalText('WorkGroup') ?? 'primary',
    // Clients quote it as they quote names in DDL.
    database: context.optionalText('Database')?.replace(/^[`"](.*)[`"]$/, '$1').toLowerCase(),
    catalog: catalog(context),
    parameters: input.has('ExecutionParameters') ? input.texts('ExecutionParameters') : undefined,
    outputLocation: configuration.optionalText('OutputLocation'),
    encryption: configuration.raw('EncryptionConfiguration'),
    expectedBucketOwner: configuration.optionalText('ExpectedBucketOwner'),
    acl: configuration.raw('AclConfiguration'),
    reuseMaxAgeMinutes: reuseMaxAge(input.structure('ResultReuseConfiguration').structure('ResultReuseByAgeConfiguration')),
  };
  return { ...request, fingerprint: createHash('sha256').update(JSON.stringify({ ...request, token: undefined })).digest('base64') };
};

const token = (input: Input): string | undefined => {
  const given = input.optionalText('ClientRequestToken');
  if (given === undefined || (given.length >= 32 && given.length <= 128)) return given;
  const bound = given.length < 32 ? 'greater than or equal to 32' : 'less than or equal to 128';
  throw input.refuse(`1 validation error detected: Value '${given}' at 'clientRequestToken' failed to satisfy constraint: Member must have length ${bound}`);
};

const catalog = (context: Input): string | undefined => {
  const given = context.optionalText('Catalog');
  if (given === undefined || given.toLowerCase() === 'awsdatacatalog') return given;
  throw athenaRefusal(`Data catalog ${given} is not supported locally: AwsDataCatalog is the only one`);
};

const reuseMaxAge = (byAge: Input): number | undefined => {
  const minutes = byAge.optionalNumber('MaxAgeInMinutes') ?? DEFAULT_REUSE_MINUTES;
  if (minutes < 0 || minutes > LONGEST_REUSE_MINUTES) {
    throw byAge.refuse(`1 validation error detected: Value '${minutes}' at 'resultReuseConfiguration.resultReuseByAgeConfiguration.maxAgeInMinutes' failed to satisfy constraint: Member must have value less than or equal to ${LONGEST_REUSE_MINUTES}`);
  }
  return byAge.flag('Enabled') ? minutes : undefined;
};
