import { GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import type { AthenaClient, QueryExecution } from '@aws-sdk/client-athena';
import { setTimeout as sleep } from 'node:timers/promises';

/** A query that ended FAILED or CANCELLED; the message is Athena's reason. */
export class QueryFailedError extends Error {
  override readonly name = 'QueryFailedError';
  readonly queryExecutionId: string;

  constructor(queryExecutionId: string, reason: string) {
    super(reason);
    this.queryExecutionId = queryExecutionId;
  }
}

/** One row of a result, by column name; values as Athena prints them, null for NULL. */
export type ResultRow = Readonly<Record<string, string | null>>;

export interface QueryColumn {
  name: string;
  /** Athena's type: `varchar`, `bigint`, `timestamp`, … */
  type: string;
}

export interface QueryResult {
  queryExecutionId: string;
  columns: QueryColumn[];
  rows: (string | null)[][];
}

export interface Queries {
  /** Runs a statement to its end. @throws QueryFailedError */
  run(sql: string, options?: { token?: string }): Promise<QueryResult>;
  /** Runs a statement for its outcome alone: why it FAILED; null where it succeeded. */
  failure(sql: string): Promise<string | null>;
  /** Result rows of a query that succeeded. */
  rows(queryExecutionId: string): Promise<ResultRow[]>;
  bytesScanned(queryExecutionId: string): Promise<number>;
  /**
   * The query that was started with a token, ended: stopped where it still ran. Used on what a dead run left behind.
   * @returns why it FAILED; null where it did not
   */
  end(sql: string, token: string): Promise<string | null>;
}

const FIRST_POLL_MS = 20;
const SLOWEST_POLL_MS = 1_000;

const isAtWork = (execution: QueryExecution | undefined): boolean => ['QUEUED', 'RUNNING'].includes(execution?.Status?.State ?? '');

const awaitEnd = async (athena: AthenaClient, id: string): Promise<QueryExecution> => {
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.5, SLOWEST_POLL_MS)) {
    const { QueryExecution: execution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    if (execution && !isAtWork(execution)) return execution;
    await sleep(pause);
  }
};

const readResult = async (athena: AthenaClient, id: string): Promise<QueryResult> => {
  const result: QueryResult = { queryExecutionId: id, columns: [], rows: [] };
  let token: string | undefined;
  let isFirstPage = true;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token }));
    result.columns = (page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name, Type }) => ({ name: Name ?? '', type: Type ?? '' }));
    const rows = (page.ResultSet?.Rows ?? []).map((row) => (row.Data ?? []).map((datum) => datum.VarCharValue ?? null));
    // The first row of a SELECT's first page repeats the column names: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
    const isHeader = isFirstPage && rows[0] !== undefined && result.columns.length > 0 && rows[0].every((value, index) => value === result.columns[index]?.name);
    result.rows.push(...(isHeader ? rows.slice(1) : rows));
    isFirstPage = false;
    token = page.NextToken;
  } while (token !== undefined);
  return result;
};

/** Queries of one workgroup. `database` is the default one for names without. */
export const createQueries = (athena: AthenaClient, workgroup: string, database?: string): Queries => {
  const start = async (sql: string, token?: string): Promise<string> => {
    const { QueryExecutionId: id } = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        ...(token === undefined ? {} : { ClientRequestToken: token }),
        ...(database === undefined ? {} : { QueryExecutionContext: { Database: database } }),
      }),
    );
    if (id === undefined) throw new Error('Athena answered no query execution id');
    return id;
  };
  return {
    async run(sql, options = {}) {
      const id = await start(sql, options.token);
      const execution = await awaitEnd(athena, id);
      if (execution.Status?.State !== 'SUCCEEDED') throw new QueryFailedError(id, execution.Status?.StateChangeReason ?? execution.Status?.State ?? 'unknown');
      return readResult(athena, id);
    },
    async failure(sql) {
      const { Status: status } = await awaitEnd(athena, await start(sql));
      return status?.State === 'SUCCEEDED' ? null : (status?.StateChangeReason ?? status?.State ?? 'unknown');
    },
    async rows(id) {
      const { columns, rows } = await readResult(athena, id);
      return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column.name, row[index] ?? null])));
    },
    async bytesScanned(id) {
      const { QueryExecution: execution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      return execution?.Statistics?.DataScannedInBytes ?? 0;
    },
    async end(sql, token) {
      const id = await start(sql, token); // the same token gives the query that was started with it
      const { QueryExecution: found } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      // What Athena answers to the stop of a query that has ended is not documented.
      if (isAtWork(found)) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
      const { Status: status } = await awaitEnd(athena, id);
      return status?.State === 'FAILED' ? (status.StateChangeReason ?? 'FAILED') : null;
    },
  };
};
