import { BIGINT, BLOB, DuckDBScalarFunction, INTEGER, VARCHAR, DuckDBBlobValue } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { bucketOf, longBytes } from './transforms.ts';
import { decimalBytes } from './values.ts';

const bucketFunction = (name: string, parameter: DuckDBType, bytesOf: (value: DuckDBValue) => Uint8Array): DuckDBScalarFunction =>
  DuckDBScalarFunction.create({
    name,
    returnType: INTEGER,
    parameterTypes: [parameter, INTEGER],
    mainFunction: (_info, chunk, output) => {
      const values = chunk.getColumnVector(0);
      const widths = chunk.getColumnVector(1);
      for (let i = 0; i < chunk.rowCount; i += 1) {
        const value = values.getItem(i);
        output.setItem(i, value === null ? null : bucketOf(bytesOf(value), Number(widths.getItem(i))));
      }
      output.flush();
    },
  });

const blobBytes = (value: DuckDBValue): Uint8Array => {
  if (value instanceof DuckDBBlobValue) return value.bytes;
  throw new Error(`iceberg_bucket_bytes: not a BLOB: ${String(value)}`);
};

/**
 * Registers what bucket partitions need: `iceberg_bucket_long`, `…_bytes`, `…_decimal`. Functions belong to the database, so
 * once per instance is enough; to repeat it is harmless.
 */
export const prepareConnection = (connection: DuckDBConnection): void => {
  connection.registerScalarFunction(bucketFunction('iceberg_bucket_long', BIGINT, (value) => longBytes(value as bigint)));
  connection.registerScalarFunction(bucketFunction('iceberg_bucket_bytes', BLOB, blobBytes));
  connection.registerScalarFunction(bucketFunction('iceberg_bucket_decimal', VARCHAR, (value) => decimalBytes(BigInt(String(value).replace('.', '')))));
};
