import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { externalTable } from './external/external-table.ts';
import { unescaped } from './external/partition-path.ts';
import { ddlFailure } from './failure.ts';
import { keysOf, registerPartitions } from './partitions.ts';
import type { NameParts } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import type { StatementResult } from './types.ts';

/**
 * MSCK REPAIR TABLE: registers the partitions whose folders lie in Hive's layout below the table; those whose folders are gone
 * stay (https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html). Keys' names must be written in lower case.
 */
export const executeRepairTable = async (run: StatementRun, parts: NameParts): Promise<StatementResult> => {
  const name = run.resolve(parts);
  const entry = run.parts.catalog.requireForDdl(name);
  if (entry.kind !== 'external') throw ddlFailure(`SemanticException MSCK REPAIR TABLE is for external tables only: ${name.database}.${name.table}`);
  const keys = keysOf(entry.glue);
  const { store } = run.parts.catalog;
  const { location } = externalTable(entry.glue);
  run.parts.store.access?.list(location);
  const root = path.resolve(run.parts.store.fileOf(location));
  const found = keys.length === 0 ? [] : foldersOf(root, keys);
  const known = keys.length === 0 ? [] : store.partitions(name.database, name.table);
  const knownValues = new Set(known.map((partition) => JSON.stringify(partition.Values)));
  const missing = found.filter(({ values }) => !knownValues.has(JSON.stringify(values)));
  const gone = known.filter((partition) => !existsSync(run.parts.store.fileOf(partition.StorageDescriptor?.Location ?? '')));
  registerPartitions(run, entry.glue, missing.map(({ values }) => values));
  const named = (names: readonly string[]): string => names.map((partition) => `\t${name.table}:${partition}`).join('');
  const lines = [
    ...(missing.length === 0 ? [] : [`Partitions not in metastore:${named(missing.map((partition) => partition.name))}`]),
    ...(gone.length === 0 ? [] : [`Partitions missing from filesystem:${named(gone.map((partition) => keys.map((key, index) => `${key}=${partition.Values[index] ?? ''}`).join('/')))}`]),
    ...missing.map((partition) => `Repair: Added partition to metastore ${name.table}:${partition.name}`),
  ];
  return run.answerText('MSCK_REPAIR', ['result'], lines.map((line) => [line]));
};

interface Folder {
  /** `day=2025-01-01/hour=7` */
  name: string;
  values: string[];
}

const foldersOf = (root: string, keys: readonly string[]): Folder[] => {
  let level: Folder[] = [{ name: '', values: [] }];
  for (const key of keys) {
    level = level.flatMap(({ name, values }) =>
      namesIn(path.join(root, name)).flatMap((folder) => (folder.startsWith(`${key}=`) ? [{ name: path.posix.join(name, folder), values: [...values, unescaped(folder.slice(key.length + 1))] }] : [])),
    );
  }
  return level;
};

const namesIn = (folder: string): string[] => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() && !/^[._]/.test(entry.name) ? [entry.name] : [])).sort();
};
