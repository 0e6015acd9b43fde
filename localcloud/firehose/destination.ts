import { AwsError } from '../core/errors.ts';
import { objectList, optionalFlag, optionalNumber, optionalObject, optionalText, requiredObject, requiredText, textMap } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonReading } from './format-conversion.ts';
import { checkPrefixes } from './prefix.ts';
import type { TransformSettings } from './transform.ts';

/** An S3 destination, checked and with AWS's defaults filled in. */
export interface Destination {
  bucket: string;
  prefix: string;
  errorPrefix: string | undefined;
  bufferBytes: number;
  bufferSeconds: number;
  compression: 'UNCOMPRESSED' | 'GZIP';
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
  return { lambdaArn, batchBytes: Math.floor(megabytes * MEGABYTE), retries: Number(parameters.get('NumberOfRetries') ?? '3') };
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

/** Reads ExtendedS3DestinationConfiguration. Throws InvalidArgumentException for what AWS refuses and for what is not supported here. */
export const readDestination = (input: JsonObject): Destination => {
  const bucket = requiredText(input, 'BucketARN').replace(/^arn:aws:s3:::/, '');
  const hints = optionalObject(input, 'BufferingHints') ?? {};
  const conversion = readConversion(input);
  const megabytes = optionalNumber(hints, 'SizeInMBs') ?? (conversion ? 128 : 5);
  if (conversion && megabytes < 64) throw refuse('BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled');
  const prefix = optionalText(input, 'Prefix') ?? '';
  const errorPrefix = optionalText(input, 'ErrorOutputPrefix');
  checkPrefixes(prefix, errorPrefix);
  const compression = optionalText(input, 'CompressionFormat') ?? 'UNCOMPRESSED';
  if (compression !== 'UNCOMPRESSED' && compression !== 'GZIP') throw refuse(`CompressionFormat ${compression} is not supported locally`);
  if (conversion && compression !== 'UNCOMPRESSED') throw refuse('CompressionFormat must be UNCOMPRESSED when data format conversion is enabled');
  if (optionalFlag(optionalObject(input, 'DynamicPartitioningConfiguration') ?? {}, 'Enabled') === true) throw refuse('dynamic partitioning is not supported locally');
  return {
    bucket,
    prefix,
    errorPrefix,
    compression,
    conversion,
    bufferBytes: megabytes * MEGABYTE,
    bufferSeconds: optionalNumber(hints, 'IntervalInSeconds') ?? 300,
    transform: readTransform(input),
  };
};
