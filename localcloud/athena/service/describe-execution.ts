import { errorTypeOf } from '../failure.ts';
import { isCaseSensitive } from '../results/metadata-file.ts';
import type { ResultColumn } from '../types.ts';
import type { Execution } from './executions.ts';

/** GetQueryExecution's QueryExecution (https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html). */
export const describeExecution = (execution: Execution): Record<string, unknown> => {
  const { outcome, failure, reuseMaxAgeMinutes: reuse } = execution;
  return {
    QueryExecutionId: execution.id,
    Query: execution.query,
    StatementType: outcome?.statementType ?? execution.statementType ?? 'DML',
    SubstatementType: outcome?.substatementType,
    ResultConfiguration: resultConfiguration(execution),
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: reuse !== undefined, MaxAgeInMinutes: reuse } },
    QueryExecutionContext: { Database: execution.database, Catalog: execution.catalog },
    ExecutionParameters: execution.parameters,
    Status: {
      State: execution.state,
      StateChangeReason: failure?.reason,
      SubmissionDateTime: execution.submittedAt / 1000,
      CompletionDateTime: execution.completedAt === undefined ? undefined : execution.completedAt / 1000,
      AthenaError:
        failure && execution.state === 'FAILED'
          ? { ErrorCategory: failure.category, ErrorType: errorTypeOf(failure.reason, failure.category), Retryable: failure.retryable, ErrorMessage: failure.reason }
          : undefined,
    },
    Statistics: statistics(execution),
    WorkGroup: execution.workGroup,
    EngineVersion: { SelectedEngineVersion: 'Athena engine version 3', EffectiveEngineVersion: 'Athena engine version 3' },
  };
};

const resultConfiguration = ({ id, outputFolder, outcome, encryption, expectedBucketOwner, acl }: Execution): Record<string, unknown> => ({
  OutputLocation: `${outputFolder}${outcome?.resultFile ?? id}`,
  EncryptionConfiguration: encryption,
  ExpectedBucketOwner: expectedBucketOwner,
  AclConfiguration: acl,
});

const statistics = ({ outcome, failure, outputFolder, spent, submittedAt, completedAt, reusedFrom }: Execution): Record<string, unknown> => ({
  EngineExecutionTimeInMillis: outcome?.engineMs ?? spent?.engineMs ?? 0,
  DataScannedInBytes: Number(outcome?.scannedBytes ?? failure?.scannedBytes ?? 0),
  DataManifestLocation: outcome?.manifestFile === undefined ? undefined : outputFolder + outcome.manifestFile,
  TotalExecutionTimeInMillis: completedAt === undefined ? undefined : completedAt - submittedAt,
  QueryQueueTimeInMillis: outcome?.queueMs ?? spent?.queueMs ?? 0,
  ServicePreProcessingTimeInMillis: 0,
  QueryPlanningTimeInMillis: 0,
  ServiceProcessingTimeInMillis: 0,
  ResultReuseInformation: { ReusedPreviousResult: reusedFrom !== undefined },
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
  CaseSensitive: isCaseSensitive(column),
});
