import { notSupportedLocally } from './failure.ts';
import type { RowFormat } from './statements/model.ts';

interface FormatClasses {
  input: string;
  output: string;
  serde: string;
}

const PARQUET: FormatClasses = {
  input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
  output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
};
const TEXT: FormatClasses = {
  input: 'org.apache.hadoop.mapred.TextInputFormat',
  output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serde: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
};

/** Hive's classes for STORED AS and ROW FORMAT. @throws AthenaFailure for formats this cloud does not read. */
export const formatClasses = (storedAs: string | undefined, rowFormat: RowFormat | undefined): FormatClasses => {
  const named = storedAs ?? (rowFormat?.serde?.includes('parquet') ? 'PARQUET' : 'TEXTFILE');
  if (named === 'PARQUET' || named === PARQUET.input) return { ...PARQUET, serde: rowFormat?.serde ?? PARQUET.serde };
  if (named === 'TEXTFILE' || named === TEXT.input) return { ...TEXT, serde: rowFormat?.serde ?? TEXT.serde };
  throw notSupportedLocally(`STORED AS ${named}`);
};
