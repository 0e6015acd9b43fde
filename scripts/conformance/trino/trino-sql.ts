/**
 * Athena's own forms of a rendered statement, in Trino's words. All else is sent as it is: it is what the comparison is about.
 * Athena differs here by design: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
 */
export const inTrinoForm = (sql: string): string => {
  if (sql.startsWith('CREATE TABLE')) return createTable(sql);
  if (sql.startsWith('UNLOAD')) return insertOf(sql);
  return sql;
};

const TRINO_TYPES: Readonly<Record<string, string>> = { string: 'varchar', timestamp: 'timestamp(6)', int: 'integer' };

/** `array<struct<a:string,b:decimal(10,2)>>` as `array(row(a varchar, b decimal(10,2)))`. */
export const trinoType = (hiveType: string): string => {
  const { outer, inner = '' } = /^(?<outer>array|struct)<(?<inner>.*)>$/.exec(hiveType)?.groups ?? {};
  if (outer === 'array') return `array(${trinoType(inner)})`;
  if (outer === undefined) return TRINO_TYPES[hiveType] ?? hiveType;
  const fields = topLevel(inner).map((field) => [field.slice(0, field.indexOf(':')), trinoType(field.slice(field.indexOf(':') + 1))].join(' '));
  return `row(${fields.join(', ')})`;
};

/** A list cut at the commas that stand in no brackets. */
const topLevel = (list: string): string[] => {
  const parts = [''];
  let depth = 0;
  for (const letter of list) {
    if ('<('.includes(letter)) depth += 1;
    if ('>)'.includes(letter)) depth -= 1;
    if (letter === ',' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${letter}`);
  }
  return parts;
};

export interface TableDefinition {
  name: string;
  columns: { name: string; type: string }[];
  partitioning: string | undefined;
}

const CREATE = /^CREATE TABLE IF NOT EXISTS (?<name>[\w.]+) \(\n(?<columns>[\s\S]*?)\n\)\n(?:PARTITIONED BY \((?<partitioning>.+)\)\n)?LOCATION/;

/** @throws Error where the statement is not one of sql/tables */
export const readCreateTable = (sql: string): TableDefinition => {
  const { name, columns, partitioning } = CREATE.exec(sql)?.groups ?? {};
  if (name === undefined || columns === undefined) throw new Error(`not a CREATE TABLE of sql/tables: ${sql}`);
  return {
    name,
    partitioning,
    columns: columns.split(/,\n/).map((line) => {
      const [column = '', ...type] = line.trim().split(' ');
      return { name: column, type: trinoType(type.join(' ')) };
    }),
  };
};

/** @param property the connector's word for partitions */
export const printCreateTable = ({ name, columns, partitioning }: TableDefinition, property = 'partitioning'): string => {
  const list = columns.map((column) => `${column.name} ${column.type}`).join(', ');
  return `CREATE TABLE IF NOT EXISTS ${name} (${list})${partitioning === undefined ? '' : ` WITH (${property} = ARRAY[${partitioning.split(', ').map((field) => `'${field}'`).join(', ')}])`}`;
};

const createTable = (sql: string): string => printCreateTable(readCreateTable(sql));

const UNLOAD = /^UNLOAD \((?<query>[\s\S]*)\)\nTO '[^']*\/state\/touched\/run_id=(?<runId>[^/]+)\/try-\d+\/'/;

/** UNLOAD into a partition's folder is, to who reads the table, an INSERT of its rows. */
const insertOf = (sql: string): string => {
  const { query, runId } = UNLOAD.exec(sql)?.groups ?? {};
  if (query === undefined || runId === undefined) throw new Error(`not an UNLOAD of touched sessions: ${sql}`);
  return `INSERT INTO state.touched_sessions SELECT unloaded.*, '${runId}' FROM (${query}) AS unloaded`;
};
