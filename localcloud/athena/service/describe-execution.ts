import type { ResultColumn } from '../types.ts';
import type { Execution } from './executions.ts';

/** GetQueryExecution's QueryExecution (https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html). */
export const describeExecution = (execution: Execution): Record<string, unknown> => {
  const { outcome, failure } = execution;
  return {
    QueryExecutionId: execution.id,
    Query: execution.query,
    StatementType: outcome?.statementType ?? 'DML',
    SubstatementType: outcome?.substatementType,
    ResultConfiguration: { OutputLocation: `${execution.outputFolder}${outcome?.resultFile ?? execution.id}` },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: false } },
    QueryExecutionContext: { Database: execution.database, Catalog: execution.catalog },
    ExecutionParameters: execution.parameters,
    Status: {
      State: execution.state,
      StateChangeReason: failure?.reason,
      SubmissionDateTime: execution.submittedAt / 1000,
      CompletionDateTime: execution.completedAt === undefined ? undefined : execution.completedAt / 1000,
      AthenaError:
        failure && execution.state === 'FAILED'
          ? { ErrorCategory: failure.category, ErrorType: failure.category === 2 ? 1003 : 0, Retryable: failure.retryable, ErrorMessage: failure.reason }
          : undefined,
    },
    Statistics: statistics(execution),
    WorkGroup: execution.workGroup,
    EngineVersion: { SelectedEngineVersion: 'Athena engine version 3', EffectiveEngineVersion: 'Athena engine version 3' },
  };
};

const statistics = ({ outcome, submittedAt, completedAt }: Execution): Record<string, unknown> => ({
  EngineExecutionTimeInMillis: outcome?.engineMs ?? 0,
  DataScannedInBytes: Number(outcome?.scannedBytes ?? 0),
  TotalExecutionTimeInMillis: completedAt === undefined ? undefined : completedAt - submittedAt,
  QueryQueueTimeInMillis: outcome?.queueMs ?? 0,
  ServiceProcessingTimeInMillis: 0,
});

/** GetQueryResults' ColumnInfo. */
export const columnInfo = (column: ResultColumn): Record<string, unknown> => ({
  CatalogName: 'hive',
  SchemaName: '',
  TableName: '',
  Name: column.name,
  Label: column.name,
  Type: column.type,
  Precision: column.precision,
  Scale: column.scale,
  Nullable: 'UNKNOWN',
  CaseSensitive: ['varchar', 'string', 'char'].includes(column.type),
});
