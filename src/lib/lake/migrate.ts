import { GetTableCommand } from '@aws-sdk/client-glue';
import type { Column as GlueColumn, GlueClient } from '@aws-sdk/client-glue';
import type { Parameters, StatementLibrary } from '../statements/index.ts';
import type { Queries } from './queries.ts';
import { declaredColumns, missingColumns, type Column } from './table-columns.ts';
import { databaseNames } from './tables.ts';

export interface LakeNames {
  lakeBucket: string;
  /** Of the stage's Glue databases; may be empty. */
  databasePrefix: string;
}

/** What every statement may name: the databases and the bucket. */
export const lakeParameters = ({ lakeBucket, databasePrefix }: LakeNames): Parameters => {
  const { bronze, silver, gold, state } = databaseNames(databasePrefix);
  return {
    bronze: { kind: 'identifier', value: bronze },
    silver: { kind: 'identifier', value: silver },
    gold: { kind: 'identifier', value: gold },
    state: { kind: 'identifier', value: state },
    lake_bucket: { kind: 'name', value: lakeBucket },
  };
};

export interface MigrationPorts {
  queries: Queries;
  statements: StatementLibrary;
  glue: GlueClient;
}

/**
 * Brings the lake's Iceberg tables and views to what sql/tables/ and sql/views/ say: creates what is not there, adds columns that
 * tables lack, replaces views. Databases and external tables are part of the deployment. May be run any number of times, also beside a run.
 * @returns the statements that were run, in their order
 * @throws TableDiffersError where a column has another type, QueryFailedError
 */
export const migrate = async ({ queries, statements, glue }: MigrationPorts, names: LakeNames, horizonDays: number): Promise<string[]> => {
  const parameters: Parameters = { ...lakeParameters(names), horizon_days: { kind: 'integer', value: String(horizonDays) } };
  const sent: string[] = [];
  const send = async (sql: string): Promise<void> => {
    await queries.run(sql);
    sent.push(sql);
  };
  for (const name of await statements.names('tables')) {
    const ddl = await statements.render(name, parameters);
    await send(ddl);
    const missing = await missingIn(glue, names.databasePrefix, name, ddl);
    if (missing.length > 0) await send(`ALTER TABLE ${names.databasePrefix}${tableOf(name)} ADD COLUMNS (${missing.map((column) => `${column.name} ${column.type}`).join(', ')})`);
  }
  for (const name of await statements.names('views')) await send(await statements.render(name, parameters));
  return sent;
};

/** `silver.events` of `tables/silver.events` */
const tableOf = (statement: string): string => statement.slice('tables/'.length);

const missingIn = async (glue: GlueClient, databasePrefix: string, statement: string, ddl: string): Promise<Column[]> => {
  const [database = '', name = ''] = tableOf(statement).split('.');
  const { Table: table } = await glue.send(new GetTableCommand({ DatabaseName: `${databasePrefix}${database}`, Name: name }));
  const actual = (table?.StorageDescriptor?.Columns ?? []).filter(isCurrent).map((column) => ({ name: column.Name ?? '', type: column.Type ?? '' }));
  return missingColumns(tableOf(statement), declaredColumns(ddl), actual);
};

/** Iceberg's catalog in Glue lists the columns of earlier schemas too, marked so: one that was dropped is none the table has. */
const isCurrent = (column: GlueColumn): boolean => column.Parameters?.['iceberg.field.current'] !== 'false';
