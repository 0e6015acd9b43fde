import { AwsError } from '../core/errors.ts';
import { objectList, optionalFlag, optionalNumber, optionalObject, optionalText, requiredObject, requiredText, textMap } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonReading } from './format-conversion.ts';
import { checkPrefixes } from './prefix.ts';
import type { TransformSettings } from './transform.ts';

export type Compression = 'UNCOMPRESSED' | 'GZIP';

export interface Backup {
  bucket: string;
  prefix: string;
  compression: Compression;
}

/** An S3 destination, checked and with AWS's defaults filled in. */
export interface Destination {
  bucket: string;
  prefix: string;
  errorPrefix: string | undefined;
  bufferBytes: number;
  bufferSeconds: number;
  compression: Compression;
  /** Instead of the one that the format has, with its dot. */
  fileExtension: string | undefined;
  /** IANA name; UTC where absent. */
  timeZone: string | undefined;
  /** Where every record goes as it came from the source, besides its delivery. */
  backup: Backup | undefined;
  transform: TransformSettings | undefined;
  conversion: { database: string; table: string; reading: JsonReading } | undefined;
}

const MEGABYTE = 1024 * 1024;
const refuse = (message: string): AwsError => new AwsError('InvalidArgumentException', message);

/** ProcessingConfiguration: at most one processor, a Lambda. */
const readTransform = (input: JsonObject): TransformSettings | undefined => {
  const processing = optionalObject(input, 'ProcessingConfiguration');
  if (!processing || optionalFlag(processing, 'Enabled') === false) return undefined;
  const processors = objectList(processing, 'Processors');
  const [processor] = processors;
  if (!processor) return undefined;
  const type = requiredText(processor, 'Type');
  if (type !== 'Lambda' || processors.length > 1) throw refuse(`processors other than one of type Lambda are not supported locally: ${type}`);
  const parameters = new Map(objectList(processor, 'Parameters').map((parameter) => [requiredText(parameter, 'ParameterName'), requiredText(parameter, 'ParameterValue')]));
  const lambdaArn = parameters.get('LambdaArn');
  if (lambdaArn === undefined) throw refuse('LambdaArn is required in the parameters of a Lambda processor');
  const megabytes = Number(parameters.get('BufferSizeInMBs') ?? '1');
  if (!(megabytes >= 0.2 && megabytes <= 3)) throw refuse('BufferSizeInMBs of a Lambda processor must be between 0.2 and 3');
  const retries = Number(parameters.get('NumberOfRetries') ?? '3');
  if (!(Number.isInteger(retries) && retries >= 0 && retries <= 300)) throw refuse('NumberOfRetries of a Lambda processor must be between 0 and 300');
  return { lambdaArn, batchBytes: Math.floor(megabytes * MEGABYTE), retries };
};

const readConversion = (input: JsonObject): Destination['conversion'] => {
  const conversion = optionalObject(input, 'DataFormatConversionConfiguration');
  if (!conversion || optionalFlag(conversion, 'Enabled') === false) return undefined;
  const schema = requiredObject(conversion, 'SchemaConfiguration');
  const output = requiredObject(requiredObject(conversion, 'OutputFormatConfiguration'), 'Serializer');
  if (!('ParquetSerDe' in output)) throw refuse('only ParquetSerDe is supported locally as output format');
  const deserializer = requiredObject(requiredObject(conversion, 'InputFormatConfiguration'), 'Deserializer');
  const openX = optionalObject(deserializer, 'OpenXJsonSerDe');
  if (!openX && !optionalObject(deserializer, 'HiveJsonSerDe')) throw refuse('a deserializer must be given: OpenXJsonSerDe or HiveJsonSerDe');
  return {
    database: requiredText(schema, 'DatabaseName'),
    table: requiredText(schema, 'TableName'),
    reading: { caseInsensitive: (openX && optionalFlag(openX, 'CaseInsensitive')) ?? true, columnToJsonKey: openX ? textMap(openX, 'ColumnToJsonKeyMappings') : {} },
  };
};

const readCompression = (input: JsonObject): Compression => {
  const compression = optionalText(input, 'CompressionFormat') ?? 'UNCOMPRESSED';
  if (compression !== 'UNCOMPRESSED' && compression !== 'GZIP') throw refuse(`CompressionFormat ${compression} is not supported locally`);
  return compression;
};

const bucketOf = (input: JsonObject): string => {
  const bucket = /^arn:.*:s3:::([\w.-]{1,255})$/.exec(requiredText(input, 'BucketARN'))?.[1];
  if (bucket === undefined) throw refuse(`BucketARN ${String(input.BucketARN)} is not the ARN of a bucket`);
  return bucket;
};

/** S3BackupMode: all records as they came, untransformed. */
const readBackup = (input: JsonObject, timeZone: string | undefined): Backup | undefined => {
  const mode = optionalText(input, 'S3BackupMode') ?? 'Disabled';
  if (mode !== 'Enabled' && mode !== 'Disabled') throw refuse(`S3BackupMode ${mode} is not one of Disabled, Enabled`);
  if (mode === 'Disabled') return undefined;
  const configuration = optionalObject(input, 'S3BackupConfiguration') ?? optionalObject(input, 'S3BackupUpdate');
  if (!configuration) throw refuse('S3BackupConfiguration must be given when S3BackupMode is Enabled');
  const prefix = optionalText(configuration, 'Prefix') ?? '';
  checkPrefixes(prefix, optionalText(configuration, 'ErrorOutputPrefix'), timeZone);
  return { bucket: bucketOf(configuration), prefix, compression: readCompression(configuration) };
};

/** BufferingHints within AWS's bounds, and its defaults. */
const readHints = (input: JsonObject, converts: boolean): Pick<Destination, 'bufferBytes' | 'bufferSeconds'> => {
  const hints = optionalObject(input, 'BufferingHints') ?? {};
  const megabytes = optionalNumber(hints, 'SizeInMBs') ?? (converts ? 128 : 5);
  const bufferSeconds = optionalNumber(hints, 'IntervalInSeconds') ?? 300;
  if (!(megabytes >= 1 && megabytes <= 128)) throw refuse('BufferingHints.SizeInMBs must be between 1 and 128');
  if (converts && megabytes < 64) throw refuse('BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled');
  if (!(bufferSeconds >= 0 && bufferSeconds <= 900)) throw refuse('BufferingHints.IntervalInSeconds must be between 0 and 900');
  return { bufferBytes: megabytes * MEGABYTE, bufferSeconds };
};

const readFileExtension = (input: JsonObject): string | undefined => {
  const extension = optionalText(input, 'FileExtension') ?? '';
  if (!/^$|^\.[0-9a-z!\-_.*'()]+$/.test(extension)) throw refuse(`FileExtension ${extension} does not match ^$|\\.[0-9a-z!\\-_.*'()]+`);
  return extension === '' ? undefined : extension;
};

/** Reads ExtendedS3DestinationConfiguration. Throws InvalidArgumentException for what AWS refuses and for what is not supported here. */
export const readDestination = (input: JsonObject): Destination => {
  const conversion = readConversion(input);
  const prefix = optionalText(input, 'Prefix') ?? '';
  const errorPrefix = optionalText(input, 'ErrorOutputPrefix');
  const zone = optionalText(input, 'CustomTimeZone') ?? '';
  const timeZone = zone === '' || zone === 'UTC' ? undefined : zone;
  checkPrefixes(prefix, errorPrefix, timeZone);
  const compression = readCompression(input);
  if (conversion && compression !== 'UNCOMPRESSED') throw refuse('CompressionFormat must be UNCOMPRESSED when data format conversion is enabled');
  if (optionalFlag(optionalObject(input, 'DynamicPartitioningConfiguration') ?? {}, 'Enabled') === true) throw refuse('dynamic partitioning is not supported locally');
  return {
    bucket: bucketOf(input),
    prefix,
    errorPrefix,
    compression,
    conversion,
    fileExtension: readFileExtension(input),
    timeZone,
    backup: readBackup(input, timeZone),
    ...readHints(input, conversion !== undefined),
    transform: readTransform(input),
  };
};
