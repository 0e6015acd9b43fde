import { AthenaClient, GetQueryExecutionCommand, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAthena } from '../athena/index.ts';
import { csvLine } from '../athena/results/result-file.ts';
import { lockHolder } from '../core/directory-lock.ts';
import { FileObjectStore } from '../s3/index.ts';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './command-context.ts';

export interface QueryOptions {
  dataDir?: string;
  database: string;
}

/** Where results of this command lie in a running cloud. */
const RESULTS_BUCKET = 'localcloud-query-results';
const POLL_MS = 20;

/** `localcloud query`: a result as Athena writes it to S3: CSV with every value in quotes, plain lines for DDL. */
export const query = async (sql: string, options: QueryOptions, context: CommandContext): Promise<void> => {
  if (options.dataDir !== undefined) await askDirectory(sql, path.resolve(context.workingDirectory, options.dataDir), options.database, context);
  else await askRunning(sql, options.database, context);
};

const askDirectory = async (sql: string, dataDir: string, database: string, context: CommandContext): Promise<void> => {
  if (!existsSync(path.join(dataDir, 'glue'))) throw new CommandError(`${dataDir} holds no cloud`);
  const holder = lockHolder(dataDir);
  if (holder !== undefined) throw new CommandError(`a cloud runs in ${dataDir} (process ${holder}): export the AWS_ENDPOINT_URL it printed, and leave --data-dir out`);
  const athena = openAthena({ dataDir, store: new FileObjectStore({ dataDir }) });
  try {
    const { columns, rows } = await athena.execute(sql, { database });
    if (columns.length > 0) context.print(csvLine(columns.map((column) => column.name)));
    context.print(rows.map(csvLine).join(''));
  } finally {
    await athena.close();
  }
};

const askRunning = async (sql: string, database: string, context: CommandContext): Promise<void> => {
  const { environment, signal } = context;
  const endpoint = environment['AWS_ENDPOINT_URL'];
  if (endpoint === undefined) throw new CommandError('which cloud? export AWS_ENDPOINT_URL, or name a stopped one with --data-dir');
  const credentials = { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? 'local', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? 'local' };
  const config = { endpoint, region: environment['AWS_REGION'] ?? 'eu-west-1', credentials };
  const athena = new AthenaClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  try {
    await s3.send(new CreateBucketCommand({ Bucket: RESULTS_BUCKET })).catch((error: unknown) => {
      if ((error as Error).name !== 'BucketAlreadyOwnedByYou') throw error;
    });
    const location = await run(athena, sql, database, signal);
    if (location === undefined) return;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: RESULTS_BUCKET, Key: location.slice(`s3://${RESULTS_BUCKET}/`.length) }));
    context.print((await Body?.transformToString()) ?? '');
  } finally {
    athena.destroy();
    s3.destroy();
  }
};

/** Runs a statement to its end. @returns where its result lies */
const run = async (athena: AthenaClient, sql: string, database: string, signal: AbortSignal): Promise<string | undefined> => {
  const { QueryExecutionId } = await athena.send(
    new StartQueryExecutionCommand({ QueryString: sql, QueryExecutionContext: { Database: database }, ResultConfiguration: { OutputLocation: `s3://${RESULTS_BUCKET}/` } }),
  );
  for (;;) {
    const { QueryExecution: execution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const state = execution?.Status?.State;
    if (state === 'SUCCEEDED') return execution?.ResultConfiguration?.OutputLocation;
    if (state === 'FAILED' || state === 'CANCELLED') throw new CommandError(execution?.Status?.StateChangeReason ?? `the query ended ${state}`);
    await sleep(POLL_MS, undefined, { signal });
  }
};
