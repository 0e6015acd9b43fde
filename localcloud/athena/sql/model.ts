/** What a translated statement consists of. Every SQL text in here is DuckDB's and may hold placeholders of `tables`. */

export type MetadataTable = 'snapshots' | 'history' | 'files' | 'partitions' | 'refs' | 'manifests';

/** A literal as the predicate holds it. Dates as `yyyy-MM-dd`, timestamps as `yyyy-MM-dd HH:mm:ss[.SSSSSS]` without a zone, numbers as digits. */
export interface Literal {
  type: 'string' | 'number' | 'date' | 'timestamp' | 'boolean';
  value: string;
}

/** `column op literal`, which every row that can matter satisfies; where it is null or unknown a row does not matter. */
export interface ColumnPredicate {
  column: string;
  op: '=' | '<' | '<=' | '>' | '>=' | 'in';
  /** One value; one or more for `in`. */
  values: Literal[];
}

export interface TableReference {
  /** Text inside the printed SQL where a FROM item of this table's columns belongs: a name or a parenthesized sub-select. */
  placeholder: string;
  /** Lower case, without `$suffix`. */
  catalog: string | undefined;
  schema: string | undefined;
  table: string;
  metadataTable: MetadataTable | undefined;
  /** `sql`: a DuckDB expression, a snapshot id or a TIMESTAMP WITH TIME ZONE. */
  timeTravel: { kind: 'version' | 'timestamp'; sql: string } | undefined;
  /** The statement reads "$path": the FROM item must have that column (full s3:// URI), else it must not. */
  usesPath: boolean;
  /** Columns the statement may read of this reference; without "$path". */
  columns: ReadonlySet<string> | 'all';
  /** For leaving out files. Conjuncts: all of them hold. */
  predicates: ColumnPredicate[];
  /** Where the name stands in the statement, for TABLE_NOT_FOUND. From 1. */
  line: number;
  column: number;
}

/** A column of a result: Trino's name (`_col0` where it has none) and type text (`varchar`, `timestamp(3) with time zone`), where known. */
export interface OutputColumn {
  name: string;
  type: string | undefined;
}

export interface Query {
  kind: 'query';
  sql: string;
  tables: TableReference[];
  /** undefined where a `*` over a table of unknown columns is in the result. */
  output: OutputColumn[] | undefined;
}

export interface Insert {
  kind: 'insert';
  /** Name parts, lower case: `[catalog,] [schema,] table`. */
  target: string[];
  columns: string[] | undefined;
  /** The rows: a query. */
  sql: string;
  output: OutputColumn[] | undefined;
  tables: TableReference[];
}

/** Expressions over the target's row: `"alias"."column"`. */
export interface Update {
  kind: 'update';
  target: string[];
  alias: string;
  where: string | undefined;
  set: [column: string, sql: string][];
  tables: TableReference[];
  targetColumns: ReadonlySet<string>;
  targetPredicates: ColumnPredicate[];
}

export interface Delete {
  kind: 'delete';
  target: string[];
  alias: string;
  where: string | undefined;
  tables: TableReference[];
  targetColumns: ReadonlySet<string>;
  targetPredicates: ColumnPredicate[];
}

/** The clauses in the order in which they are tried; per row the first whose condition is true applies. */
export type MergeClause =
  | { matched: true; action: 'update'; condition: string | undefined; set: [column: string, sql: string][] }
  | { matched: true; action: 'delete'; condition: string | undefined }
  | { matched: false; action: 'insert'; condition: string | undefined; columns: string[] | undefined; values: string[] };

export interface Merge {
  kind: 'merge';
  target: string[];
  targetAlias: string;
  /** `sql` is a FROM item already carrying its alias, e.g. `(SELECT …) AS "s"("a", "b")`. */
  source: { sql: string; alias: string };
  on: string;
  clauses: MergeClause[];
  tables: TableReference[];
  /** Columns of the target read by ON, conditions and values. */
  targetColumns: ReadonlySet<string>;
  /** ON's conjuncts on the target: rows of the target that break them match no source row. */
  targetPredicates: ColumnPredicate[];
}

export type TranslatedStatement = Query | Insert | Update | Delete | Merge;

/** A column of a table as its catalog tells it; `type` in Trino's or Hive's text: `array(varchar)`, `array<string>`. */
export interface ColumnDescription {
  name: string;
  type: string;
}

export interface TranslateOptions {
  /** Athena's ExecutionParameters: one SQL literal for each `?`. */
  parameters?: readonly string[];
  /**
   * The columns of a table, where the caller knows them; makes types and names be checked as Trino does, before anything
   * runs. undefined: unknown, then checks wait for DuckDB. Not asked for metadata tables.
   */
  columnsOf?: (table: { catalog: string | undefined; schema: string | undefined; table: string }) => readonly ColumnDescription[] | undefined;
}
