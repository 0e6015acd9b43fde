import { AthenaClient, GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import type { QueryExecution, StartQueryExecutionCommandInput } from '@aws-sdk/client-athena';
import { GlueClient } from '@aws-sdk/client-glue';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AthenaService } from '../../../localcloud/athena/index.ts';
import { GlueService } from '../../../localcloud/glue/index.ts';
import { FileObjectStore } from '../../../localcloud/s3/index.ts';

/** Athena and Glue behind one HTTP port, on a directory of their own. */
export interface TestCloud {
  dataDir: string;
  store: FileObjectStore;
  service: AthenaService;
  athena: AthenaClient;
  glue: GlueClient;
  /** Runs a statement to its end and reads its rows, the header left out. Throws with the reason where it FAILED. */
  run(sql: string, options?: Partial<StartQueryExecutionCommandInput>): Promise<(string | null)[][]>;
  /** Runs a statement and answers how it ended. */
  outcome(sql: string, options?: Partial<StartQueryExecutionCommandInput>): Promise<QueryExecution>;
  /** The reason a statement is refused or FAILED. */
  failure(sql: string, options?: Partial<StartQueryExecutionCommandInput>): Promise<string>;
  stop(keepFiles?: boolean): Promise<void>;
}

export const OUTPUT = 's3://results/athena/';

export const startTestCloud = async (options: { dataDir?: string; clock?: () => Date } = {}): Promise<TestCloud> => {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'athena-test-'));
  const clock = options.clock ?? (() => new Date());
  const store = new FileObjectStore({ dataDir });
  for (const bucket of ['lake', 'results']) store.createBucket(bucket);
  const glueService = new GlueService({ folder: path.join(dataDir, 'glue'), clock });
  const service = new AthenaService({
    store,
    catalog: glueService.catalog,
    stateFolder: path.join(dataDir, 'athena'),
    temporaryFolder: path.join(dataDir, 'tmp'),
    clock,
    limits: { threads: 2, memoryLimit: '1GB' },
  });
  const server = createServer((request, response) => {
    const target = String(request.headers['x-amz-target']);
    void (target.startsWith('AWSGlue') ? glueService : service).handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const athena = new AthenaClient(config);
  const glue = new GlueClient(config);

  const outcome = async (sql: string, more: Partial<StartQueryExecutionCommandInput> = {}): Promise<QueryExecution> => {
    const started = await athena.send(new StartQueryExecutionCommand({ QueryString: sql, ResultConfiguration: { OutputLocation: OUTPUT }, ...more }));
    for (;;) {
      const { QueryExecution: execution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: started.QueryExecutionId! }));
      if (!['QUEUED', 'RUNNING'].includes(execution!.Status!.State!)) return execution!;
      await sleep(5);
    }
  };
  const cloud: TestCloud = {
    dataDir,
    store,
    service,
    athena,
    glue,
    outcome,
    async run(sql, more) {
      const execution = await outcome(sql, more);
      if (execution.Status!.State !== 'SUCCEEDED') throw new Error(execution.Status!.StateChangeReason);
      const { ResultSet: result } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId! }));
      const rows = result!.Rows!.map((row) => row.Data!.map((datum) => datum.VarCharValue ?? null));
      return execution.SubstatementType === 'SELECT' ? rows.slice(1) : rows;
    },
    async failure(sql, more) {
      try {
        const execution = await outcome(sql, more);
        return execution.Status!.StateChangeReason ?? execution.Status!.State!;
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    },
    async stop(keepFiles = false) {
      athena.destroy();
      glue.destroy();
      await service.stop();
      await new Promise((resolve) => server.close(resolve));
      if (!keepFiles) rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return cloud;
};
