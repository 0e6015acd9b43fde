import { bronzeTables, type BronzeTable } from '../../../src/lib/bronze/index.ts';
import { DATABASES, partitionOf, type Engine } from './engine.ts';
import { type RunOnTrino } from './trino-client.ts';
import { inTrinoForm, printCreateTable, trinoType, type TableDefinition } from './trino-sql.ts';

const BRONZE = Object.keys(bronzeTables) as BronzeTable[];

const bronzeTable = (name: BronzeTable): TableDefinition => {
  const { columns, partitions } = bronzeTables[name];
  return {
    name: `hive.bronze.${name}`,
    columns: [...columns.map((column) => ({ name: column.name, type: trinoType(column.type) })), ...partitions.map((partition) => ({ name: partition, type: 'varchar' }))],
    partitioning: partitions.join(', '),
  };
};

const TOUCHED: TableDefinition = {
  name: 'state.touched_sessions',
  columns: ['session_id', 'user_id', 'cause', 'touched_date', 'run_id'].map((name) => ({ name, type: 'varchar' })),
  partitioning: 'run_id',
};

const text = (value: unknown): string => `'${String(value).replaceAll("'", "''")}'`;

const literal = (value: unknown, type: string): string => {
  if (value === null || value === undefined) return `CAST(NULL AS ${type})`;
  if (Array.isArray(value)) return `CAST(ARRAY[${value.map(text).join(', ')}] AS ${type})`;
  return type === 'varchar' ? text(value) : `CAST(${text(value)} AS ${type})`;
};

/** A value of Trino's JSON as Athena prints it: a double that is whole keeps its point. */
const printed = (value: unknown, type?: string): string | null => {
  if (value === null || value === undefined) return null;
  if (type === 'double' && typeof value === 'number' && Number.isInteger(value)) return `${value}.0`;
  if (Array.isArray(value)) return `[${value.map((element) => printed(element) ?? 'null').join(', ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Trino with Iceberg tables, and with Parquet files in Hive partitions for bronze. */
export const createTrinoEngine = (run: RunOnTrino): Engine => {
  /** Paths of the files Trino has written for an object, by the object's URI. */
  const filesOf = new Map<string, string[]>();
  const paths = async (table: BronzeTable): Promise<string[]> => (await run(`SELECT DISTINCT "$path" FROM hive.bronze.${table}`)).rows.map(([file]) => String(file));
  const inCatalogs = (sql: string): string => sql.replace(/\bFROM bronze\./g, 'FROM hive.bronze.').replace(/'(s3:\/\/[^']*\.parquet)'/g, (uri, name: string) => filesOf.get(name)?.map(text).join(', ') ?? uri);
  return {
    name: 'Trino',
    async createLake() {
      for (const database of DATABASES) await run(`CREATE SCHEMA ${database === 'bronze' ? 'hive.bronze' : database}`);
      for (const table of BRONZE) await run(printCreateTable(bronzeTable(table), 'partitioned_by'));
      await run(printCreateTable(TOUCHED));
    },
    async deliver({ table, uri, rows }) {
      const { name, columns } = bronzeTable(table);
      const before = new Set(await paths(table));
      const values = rows.map((row) => `(${columns.map((column) => literal({ ...row, ...partitionOf(uri) }[column.name], column.type)).join(', ')})`);
      await run(`INSERT INTO ${name} VALUES ${values.join(', ')}`);
      filesOf.set(uri, (await paths(table)).filter((file) => !before.has(file)));
    },
    async execute(sql) {
      const { columns, rows, updateCount } = await run(inCatalogs(inTrinoForm(sql)));
      return { columns: columns.map(({ name }) => name), rows: rows.map((row) => row.map((value, at) => printed(value, columns[at]?.type))), written: updateCount };
    },
    async stagesOf(sql) {
      const { rows } = await run(`EXPLAIN (TYPE DISTRIBUTED) ${inCatalogs(inTrinoForm(sql))}`);
      return String(rows[0]?.[0]).match(/^Fragment \d+/gm)?.length;
    },
    async snapshotOf({ name }) {
      const [database = '', table = ''] = name.split('.');
      const { rows } = await run(`SELECT CAST(snapshot_id AS varchar) FROM ${database}."${table}$history" ORDER BY made_current_at DESC LIMIT 1`);
      return printed(rows[0]?.[0]);
    },
    close: () => Promise.resolve(),
  };
};
