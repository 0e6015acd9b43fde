import type { Caller } from '../../core/caller.ts';
import { AwsError } from '../../core/errors.ts';
import type { JsonAction } from '../../core/json-protocol.ts';
import type { ObjectStore } from '../../core/ports.ts';
import { Input, page } from '../../glue/input.ts';
import { readResultPage } from '../results/result-file.ts';
import { columnInfo, describeExecution } from './describe-execution.ts';
import type { Execution } from './executions.ts';
import { isEnded } from './executions.ts';
import type { QueryJobs } from './query-jobs.ts';
import { athenaRefusal, refusalDetail } from './refusals.ts';

const MOST_ROWS = 1000;

/** An action on checked input. */
export const athenaAction =
  (run: (input: Input, caller: Caller) => unknown): JsonAction =>
  (input, { caller }) =>
    run(new Input(input, 'InvalidRequestException', refusalDetail('INVALID_INPUT')), caller);

const MOST_LISTED = 50;

/** A page of a list, at most 50 of it, as Athena's lists. */
export const listPage = <T>(input: Input, items: readonly T[]): { items: T[]; nextToken: string | undefined } => {
  const size = input.optionalNumber('MaxResults') ?? MOST_LISTED;
  // Some lists of AWS take 0 as "no preference".
  if (size < 0 || size > MOST_LISTED) throw outOfRange(input, 'maxResults', size, MOST_LISTED);
  return page(items, input.optionalText('NextToken'), size === 0 ? MOST_LISTED : size, () => input.refuse('Invalid NextToken'));
};

const outOfRange = (input: Input, member: string, value: number, most: number): Error =>
  input.refuse(`1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${value > most ? `less than or equal to ${most}` : 'greater than or equal to 1'}`);

/** The ids of a Batch action: 1 to 50. */
export const batchIds = (input: Input, member: string): string[] => {
  const ids = input.texts(member);
  const name = member.charAt(0).toLowerCase() + member.slice(1);
  const bound = ids.length === 0 ? 'greater than or equal to 1' : 'less than or equal to 50';
  if (ids.length === 0 || ids.length > MOST_LISTED) throw input.refuse(`1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length ${bound}`);
  return ids;
};

/** The actions on query executions. */
export const queryActions = (jobs: QueryJobs, store: ObjectStore): Record<string, JsonAction> => ({
  StartQueryExecution: athenaAction(async (input, caller) => ({ QueryExecutionId: await jobs.start(input, caller) })),
  StopQueryExecution: athenaAction(async (input) => {
    await jobs.stop(input.text('QueryExecutionId'));
  }),
  GetQueryExecution: athenaAction((input) => ({ QueryExecution: describeExecution(jobs.current(input.text('QueryExecutionId'))) })),
  BatchGetQueryExecution: athenaAction((input) => {
    const ids = batchIds(input, 'QueryExecutionIds');
    const known = ids.filter((id) => jobs.executions.get(id));
    return {
      QueryExecutions: known.map((id) => describeExecution(jobs.current(id))),
      UnprocessedQueryExecutionIds: ids
        .filter((id) => !known.includes(id))
        .map((id) => ({ QueryExecutionId: id, ErrorCode: 'INVALID_QUERY_EXECUTION_ID', ErrorMessage: `QueryExecution ${id} was not found` })),
    };
  }),
  ListQueryExecutions: athenaAction((input) => {
    const { items, nextToken } = listPage(input, jobs.executions.list(jobs.workGroups.require(input.optionalText('WorkGroup') ?? 'primary').name));
    return { QueryExecutionIds: items.map((execution) => execution.id), NextToken: nextToken };
  }),
  GetQueryResults: athenaAction((input, caller) => queryResults(input, jobs.current(input.text('QueryExecutionId')), store, caller)),
  GetQueryRuntimeStatistics: athenaAction((input) => runtimeStatistics(jobs.current(input.text('QueryExecutionId')))),
});

const runtimeStatistics = ({ outcome, spent, submittedAt, completedAt }: Execution): unknown => ({
  QueryRuntimeStatistics: {
    Timeline: {
      QueryQueueTimeInMillis: spent?.queueMs ?? outcome?.queueMs ?? 0,
      QueryPlanningTimeInMillis: 0,
      EngineExecutionTimeInMillis: spent?.engineMs ?? outcome?.engineMs ?? 0,
      ServiceProcessingTimeInMillis: 0,
      TotalExecutionTimeInMillis: completedAt === undefined ? undefined : completedAt - submittedAt,
    },
    Rows: { InputBytes: Number(outcome?.scannedBytes ?? 0) },
  },
});

const queryResults = (input: Input, execution: Execution, store: ObjectStore, caller: Caller): unknown => {
  if (!isEnded(execution.state)) throw athenaRefusal(`Query has not yet finished. Current state: ${execution.state}`, 'INVALID_QUERY_EXECUTION_STATE');
  const { outcome } = execution;
  if (execution.state !== 'SUCCEEDED' || !outcome) throw athenaRefusal(`Query did not finish successfully. Final query state: ${execution.state}`, 'INVALID_QUERY_EXECUTION_STATE');
  const limit = input.optionalNumber('MaxResults') ?? MOST_ROWS;
  if (limit < 1 || limit > MOST_ROWS) throw outOfRange(input, 'maxResults', limit, MOST_ROWS);
  const ofManifest = input.optionalText('QueryResultType') === 'DATA_MANIFEST';
  const name = ofManifest ? outcome.manifestFile : outcome.resultFile;
  if (name !== undefined) checkReader(caller, execution.outputFolder + name);
  const { rows, next } = name === undefined ? { rows: [], next: undefined } : resultRows(input, execution, { name, isText: ofManifest || outcome.isText, limit }, store);
  return {
    UpdateCount: outcome.updateCount ?? 0,
    ResultSet: {
      Rows: rows.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) })),
      ResultSetMetadata: { ColumnInfo: (ofManifest ? [] : outcome.columns).map(columnInfo) },
    },
    NextToken: next === undefined ? undefined : tokenOf(execution, next),
  };
};

/** A result is read from S3 with the rights of who asks. @throws AwsError in Athena's words */
const checkReader = (caller: Caller, uri: string): void => {
  const reason = caller.refusalOf({ action: 's3:GetObject', resource: `arn:aws:s3:::${uri.slice('s3://'.length)}` });
  if (reason === undefined) return;
  const advice = 'Please confirm your account has access to the S3 location where your query results are saved and try again.';
  throw new AwsError('AccessDeniedException', `You do not seem to have access to the S3 location of your query results. ${advice} (${reason})`);
};

const resultRows = (input: Input, execution: Execution, file: { name: string; isText: boolean; limit: number }, store: ObjectStore): ReturnType<typeof readResultPage> => {
  const token = input.optionalText('NextToken');
  const offset = token === undefined ? 0 : offsetOf(input, execution, token);
  try {
    return readResultPage(store.fileOf(execution.outputFolder + file.name), file.isText, offset, file.limit);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw athenaRefusal('Could not find results', 'INVALID_INPUT', error);
    throw error;
  }
};

/** A token names its query, so that one of another query is refused instead of cutting a row in two. */
const tokenOf = ({ id }: Execution, offset: number): string => Buffer.from(`${id} ${offset}`).toString('base64url');

const offsetOf = (input: Input, { id }: Execution, token: string): number => {
  const [ofId, offset] = Buffer.from(token, 'base64url').toString().split(' ');
  if (ofId !== id || offset === undefined || !/^\d+$/.test(offset)) throw input.refuse('Invalid NextToken');
  return Number(offset);
};
