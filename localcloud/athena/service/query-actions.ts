import { AwsError } from '../../core/errors.ts';
import type { JsonAction } from '../../core/json-protocol.ts';
import type { ObjectStore } from '../../core/ports.ts';
import { Input, page } from '../../glue/input.ts';
import { readResultPage } from '../results/result-file.ts';
import { columnInfo, describeExecution } from './describe-execution.ts';
import type { Execution } from './executions.ts';
import { isEnded } from './executions.ts';
import type { QueryJobs } from './query-jobs.ts';

const MOST_ROWS = 1000;

/** An action on checked input. */
export const athenaAction =
  (run: (input: Input) => unknown): JsonAction =>
  (input) =>
    run(new Input(input, 'InvalidRequestException'));

export const listPage = <T>(input: Input, items: readonly T[], size: number): { items: T[]; nextToken: string | undefined } =>
  page(items, input.optionalText('NextToken'), input.optionalNumber('MaxResults') ?? size, () => input.refuse('Invalid NextToken'));

/** The actions on query executions. */
export const queryActions = (jobs: QueryJobs, store: ObjectStore): Record<string, JsonAction> => ({
  StartQueryExecution: athenaAction(async (input) => ({ QueryExecutionId: await jobs.start(input) })),
  StopQueryExecution: athenaAction(async (input) => {
    await jobs.stop(input.text('QueryExecutionId'));
  }),
  GetQueryExecution: athenaAction((input) => ({ QueryExecution: describeExecution(jobs.current(input.text('QueryExecutionId'))) })),
  BatchGetQueryExecution: athenaAction((input) => {
    const ids = input.texts('QueryExecutionIds');
    const known = ids.filter((id) => jobs.executions.get(id));
    return {
      QueryExecutions: known.map((id) => describeExecution(jobs.current(id))),
      UnprocessedQueryExecutionIds: ids
        .filter((id) => !known.includes(id))
        .map((id) => ({ QueryExecutionId: id, ErrorCode: 'INVALID_QUERY_EXECUTION_ID', ErrorMessage: `QueryExecution ${id} was not found` })),
    };
  }),
  ListQueryExecutions: athenaAction((input) => {
    const { items, nextToken } = listPage(input, jobs.executions.list(input.optionalText('WorkGroup') ?? 'primary'), 50);
    return { QueryExecutionIds: items.map((execution) => execution.id), NextToken: nextToken };
  }),
  GetQueryResults: athenaAction((input) => queryResults(input, jobs.current(input.text('QueryExecutionId')), store)),
  GetQueryRuntimeStatistics: athenaAction((input) => {
    const { outcome } = jobs.current(input.text('QueryExecutionId'));
    return { QueryRuntimeStatistics: { Timeline: { EngineExecutionTimeInMillis: outcome?.engineMs ?? 0 }, Rows: { InputBytes: Number(outcome?.scannedBytes ?? 0) } } };
  }),
});

const queryResults = (input: Input, execution: Execution, store: ObjectStore): unknown => {
  if (!isEnded(execution.state)) throw input.refuse(`Query has not yet finished. Current state: ${execution.state}`);
  const { outcome } = execution;
  if (execution.state !== 'SUCCEEDED' || !outcome) throw input.refuse(`Query did not finish successfully. Final query state: ${execution.state}`);
  const limit = input.optionalNumber('MaxResults') ?? MOST_ROWS;
  if (limit < 1 || limit > MOST_ROWS) throw input.refuse(`MaxResults must be between 1 and ${MOST_ROWS}`);
  const { rows, next } = resultRows(input, execution, limit, store);
  return {
    UpdateCount: outcome.updateCount ?? 0,
    ResultSet: {
      Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
      ResultSetMetadata: { ColumnInfo: outcome.columns.map(columnInfo) },
    },
    NextToken: next === undefined ? undefined : String(next),
  };
};

const resultRows = (input: Input, { outcome, outputFolder }: Execution, limit: number, store: ObjectStore): ReturnType<typeof readResultPage> => {
  if (outcome?.resultFile === undefined) return { rows: [], next: undefined };
  const offset = Number(input.optionalText('NextToken') ?? '0');
  if (!Number.isSafeInteger(offset) || offset < 0) throw input.refuse('Invalid NextToken');
  try {
    return readResultPage(store.fileOf(outputFolder + outcome.resultFile), outcome.isText, offset, limit);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new AwsError('InvalidRequestException', 'Could not find results', { cause: error });
    throw error;
  }
};
