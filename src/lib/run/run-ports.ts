import { DescribeExecutionCommand, ExecutionDoesNotExist, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { SFNClient } from '@aws-sdk/client-sfn';
import path from 'node:path';
import { athenaClient, awsConfigOf, createObjects, createStateTable, dynamodbClient, glueClient, required, s3Client, sfnClient, type Environment } from '../aws/index.ts';
import { createQueries, createTableSnapshots } from '../lake/index.ts';
import { readThresholds } from '../quality/index.ts';
import { createErrorLedger, findUndelivered, sumUndelivered } from '../redeliver/index.ts';
import { openStatementLibrary } from '../statements/index.ts';
import { createLakeItemStore } from './lake-item.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { createRunFiles } from './run-files.ts';
import { DEFAULT_RUN_SETTINGS } from './settings.ts';

const createIsRunning = (sfn: SFNClient) => async (execution: string): Promise<boolean> => {
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: execution }));
    return status === 'RUNNING';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  }
};

const createStopExecution = (sfn: SFNClient) => async (execution: string): Promise<void> => {
  try {
    await sfn.send(new StopExecutionCommand({ executionArn: execution, error: 'RunLostError', cause: 'its lease ran out and another run has taken the lake' }));
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
  }
};

/** A run's ports and configuration from a function's environment. The statements and the gates' thresholds lie beside the function's code. */
export const runFromEnvironment = (environment: Environment, clock: () => Date = () => new Date()): { ports: RunPorts; config: RunConfig } => {
  const aws = awsConfigOf(environment);
  const dynamodb = dynamodbClient(aws);
  const sfn = sfnClient(aws);
  const objects = createObjects(s3Client(aws), required(environment, 'LAKE_BUCKET'));
  const errorLedger = createErrorLedger(createStateTable(dynamodb, required(environment, 'LEDGER_TABLE'), 'file'));
  const databasePrefix = environment['DATABASE_PREFIX'] ?? '';
  const root = required(environment, 'LAMBDA_TASK_ROOT');
  return {
    ports: {
      objects,
      files: createRunFiles(objects),
      lakeItem: createLakeItemStore(createStateTable(dynamodb, required(environment, 'LAKE_TABLE'), 'item')),
      snapshots: createTableSnapshots({ glue: glueClient(aws), objects, databasePrefix }),
      queries: createQueries(athenaClient(aws), required(environment, 'WORKGROUP')),
      statements: openStatementLibrary(path.join(root, 'sql')),
      undelivered: async () => sumUndelivered(await findUndelivered({ objects, errorLedger })),
      isRunning: createIsRunning(sfn),
      stopExecution: createStopExecution(sfn),
      clock,
    },
    config: { names: { lakeBucket: objects.bucket, databasePrefix }, settings: DEFAULT_RUN_SETTINGS, thresholds: readThresholds(root) },
  };
};
