import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { TestTable, Warehouse } from './support.ts';

/**
 * All rows of a table as icebird, an independent reader of the format, sees them. Whole numbers come as text where they have 64
 * bits, dates as ISO texts, missing values not at all.
 */
export const readWithIcebird = (warehouse: Warehouse, table: TestTable): Record<string, unknown>[] => {
  const script = path.join(process.cwd(), 'tests/cloud/iceberg/read-with-icebird.mjs');
  const output = execFileSync(process.execPath, [script, warehouse.root, warehouse.fileOf(table.pointer.current())], { encoding: 'utf8' });
  return output.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
};
