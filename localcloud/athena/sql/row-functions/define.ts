import { DuckDBBlobValue, DuckDBScalarFunction } from '@duckdb/node-api';
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { SqlErrorName } from '../errors.ts';

/** A value Trino refuses, thrown by a row function: ends the statement with Trino's error name and text. */
export class RowFailure extends Error {
  override readonly name = 'RowFailure';

  constructor(errorName: SqlErrorName, message: string) {
    // The form that runtime-errors.ts reads back, as macros.ts writes it.
    super(`TRINO~${errorName}~${message}~END`);
  }
}

export const invalidArgument = (message: string): RowFailure => new RowFailure('INVALID_FUNCTION_ARGUMENT', message);

export const textOf = (value: DuckDBValue | undefined): string => {
  if (typeof value === 'string') return value;
  throw new Error(`not a text: ${String(value)}`);
};

export const bytesOf = (value: DuckDBValue | undefined): Uint8Array => {
  if (value instanceof DuckDBBlobValue) return value.bytes;
  throw new Error(`not a BLOB: ${String(value)}`);
};

export const blobOf = (bytes: Uint8Array): DuckDBBlobValue => new DuckDBBlobValue(bytes);

/**
 * A function of one row that DuckDB has no counterpart of, computed in JavaScript: about a million rows a second, on Node's one
 * thread. So it is used where DuckDB cannot answer, and only for the rows where it cannot. NULL where an argument is NULL.
 * @param name with the prefix `t_js_`, so that no DuckDB name is shadowed
 */
export const rowFunction = (name: string, parameterTypes: readonly DuckDBType[], returnType: DuckDBType, compute: (...args: DuckDBValue[]) => DuckDBValue): DuckDBScalarFunction =>
  DuckDBScalarFunction.create({
    name,
    parameterTypes,
    returnType,
    mainFunction: (_info, chunk, output) => {
      const columns = parameterTypes.map((_, index) => chunk.getColumnVector(index));
      for (let row = 0; row < chunk.rowCount; row += 1) {
        const args = columns.map((column) => column.getItem(row));
        output.setItem(row, args.includes(null) ? null : compute(...args));
      }
      output.flush();
    },
  });
