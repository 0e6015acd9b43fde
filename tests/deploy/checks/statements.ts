import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { functionNamed } from '../../../localcloud/athena/sql/functions/index.ts';
import { addDays } from '../../../src/lib/run/dates.ts';
import { ROWS_PER_STATEMENT } from '../../../src/lib/run/phases/quarantine.ts';
import { DEFAULT_RUN_SETTINGS } from '../../../src/lib/run/settings.ts';
import { renderStatement } from '../../../src/lib/statements/index.ts';
import type { Cell, Parameter, Parameters } from '../../../src/lib/statements/index.ts';

/** The statements of the lake by name, `silver/merge_events`. sql/oltp is the shop's own database. */
export const readStatements = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.sql') && !file.startsWith('oltp'))
      .map((file) => [file.slice(0, -'.sql'.length), readFileSync(path.join(folder, file), 'utf8')]),
  );

/** Names of statements in the code below a folder: texts that begin with one of the folders of sql/. */
export const namesInCode = (folder: string, folders: readonly string[]): string[] => {
  const name = new RegExp(`'((?:${folders.join('|')})/[\\w.]+)'`, 'g');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return [...new Set(files.flatMap((file) => [...readFileSync(path.join(folder, file), 'utf8').matchAll(name)].map(([, found = '']) => found)))];
};

const { maxPartitionsPerStatement, maxPathsPerStatement } = DEFAULT_RUN_SETTINGS;
const HASH = 'f'.repeat(64);
const SNAPSHOT = '9223372036854775807';

const DAYS = Array.from({ length: maxPartitionsPerStatement }, (_, index) => addDays('2026-01-01', index));
/** As Firehose names its objects, with the longest name of a stage. */
const PATHS = Array.from(
  { length: maxPathsPerStatement },
  (_, index) => `s3://floe-${'s'.repeat(20)}-lake-000000000000/bronze/events/ingestion_date=2026-01-01/ingestion_hour=00/floe-${'s'.repeat(20)}-events-1-2026-01-01-00-00-00-${String(index).padStart(36, '0')}.parquet`,
);
const rows = (count: number, row: readonly Cell[]): Parameter => ({ kind: 'rows', value: Array.from({ length: count }, () => row) });
const base = (table: string): Parameter => ({ kind: 'table-version', table, snapshotId: SNAPSHOT });
const id = (value: string): Cell => ({ kind: 'id', value });
const integer: Cell = { kind: 'integer', value: SNAPSHOT };
const time: Cell = { kind: 'timestamp', value: '2026-01-01 00:00:00.000000' };

/** A row of a run's figures, and of a decision. */
const figures = (number: Cell): readonly Cell[] => [id(HASH), id(HASH), ...Array<Cell>(6).fill(number), time, time, id(HASH), number];
const decision = (number: Cell): readonly Cell[] => [id(HASH), number, id(HASH)];
const ONE: Cell = { kind: 'integer', value: '1' };
/** One row for each placeholder of rows. */
export const SAMPLE_ROWS: Parameters = { figures: { kind: 'rows', value: [figures(ONE)] }, decided_rows: { kind: 'rows', value: [decision(ONE)] } };

/** A value for a placeholder by its name, with as many dates and paths as a run ever gives it. */
const parameterOf = (name: string): Parameter => {
  if (name === 'paths') return { kind: 'paths', value: PATHS };
  if (name === 'of_objects') return { kind: 'path-filter', value: PATHS };
  if (name === 'decided_rows') return rows(ROWS_PER_STATEMENT, decision(integer));
  if (name === 'figures') return rows(4, figures(integer));
  if (/^(ingestion_dates|date_texts)$/.test(name)) return { kind: 'date-texts', value: DAYS };
  if (/dates$/.test(name)) return { kind: 'dates', value: DAYS };
  if (/(_base|_version)$/.test(name) && name !== 'data_version') return base('silver.transactions');
  if (/^(first|last)_.*date$/.test(name)) return { kind: 'date', value: '2026-01-01' };
  if (/^(processing_timestamp|written_since)$/.test(name)) return time;
  if (/^(attempt|data_version|horizon_days|lateness_seconds)$/.test(name)) return integer;
  if (/^(run_id|status|decision_id)$/.test(name)) return id(HASH);
  if (/^(run_folder|lake_bucket)$/.test(name)) return { kind: 'name', value: 'x'.repeat(63) };
  return { kind: 'identifier', value: 'silver' };
};

const rendered = (name: string, text: string): string => {
  const placeholders = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, placeholder = '']) => placeholder);
  const parameters: Parameters = Object.fromEntries(placeholders.map((placeholder) => [placeholder, parameterOf(placeholder)]));
  return renderStatement(name, text, parameters);
};

/** Written like functions: forms of the language, and types. */
const NO_FUNCTIONS = new Set(['coalesce', 'if', 'try', 'nullif', 'greatest', 'least', 'concat', 'at_timezone', 'typeof', 'decimal', 'varchar', 'timestamp', 'array', 'row', 'map', 'year', 'month', 'day', 'hour', 'bucket', 'truncate']);

/** Words before a bracket, but for the alias of a relation with its columns; key words are written large in sql/, functions small. */
const callsIn = (sql: string): string[] => [...sql.replace(/'[^']*'|"[^"]*"/g, "''").matchAll(/(?<![\w.]|\bAS )([a-z]\w*)\(/g)].map(([, name = '']) => name);

const attempt = (work: () => string[]): string[] => {
  try {
    return work();
  } catch (error) {
    return [(error as Error).message];
  }
};

/** One statement: its functions are Athena's, and it is short enough with the most that a run asks of it (the renderer refuses what is not). */
export const checkStatement = (name: string, text: string): string[] =>
  attempt(() => {
    const unknown = callsIn(rendered(name, text)).filter((call) => !functionNamed(call) && !NO_FUNCTIONS.has(call));
    return unknown.map((call) => `${name}: Athena has no function ${call}`);
  });

/** The names that the code uses are those of the files: none is unknown, and none is there in vain. */
export const checkNames = (statements: ReadonlySet<string>, names: readonly string[]): string[] => [
  ...names.filter((name) => !statements.has(name)).map((name) => `there is no statement ${name}`),
  ...[...statements].filter((name) => !/^(tables|views|queries)\//.test(name) && !names.includes(name)).map((name) => `nobody uses ${name}`),
];
