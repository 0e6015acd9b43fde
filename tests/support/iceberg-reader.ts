import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { CatalogStore } from '../../localcloud/glue/index.ts';

/**
 * Rows of an Iceberg table of a stopped cloud, read by npm `icebird` in a process of its own: nothing of ours takes part but
 * the catalog's answer to where the table's metadata lies.
 */
export const readIcebergRows = (dataDir: string, database: string, table: string): Record<string, unknown>[] => {
  const location = new CatalogStore(path.join(dataDir, 'glue'), () => new Date()).requireTable(database, table).Parameters?.['metadata_location'];
  if (location === undefined) throw new Error(`${database}.${table} is not an Iceberg table`);
  const s3 = path.join(dataDir, 's3');
  const metadataFile = path.join(s3, location.slice('s3://'.length));
  const output = execFileSync(process.execPath, [path.resolve('tests/cloud/iceberg/read-with-icebird.mjs'), s3, metadataFile], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return output.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
};
