import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { jsonProtocol } from '../../core/json-protocol.ts';
import type { QueryOutcome, QueryRunner } from '../../core/ports.ts';
import type { RequestHandler, Service } from '../../core/service.ts';
import { Input } from '../../glue/input.ts';
import { AthenaEngine } from '../engine.ts';
import type { AthenaDependencies, AthenaFolders, AthenaLimits } from '../types.ts';
import { namedQueryActions, preparedStatementActions, workGroupActions } from './catalog-actions.ts';
import { describeExecution } from './describe-execution.ts';
import { metadataActions } from './metadata-actions.ts';
import { NamedQueries } from './named-queries.ts';
import { queryActions } from './query-actions.ts';
import { QueryJobs } from './query-jobs.ts';
import { WorkGroups } from './work-groups.ts';

export interface AthenaServiceOptions extends AthenaDependencies, AthenaFolders {
  limits?: AthenaLimits;
}

/** What a process that died has left of results and of spilled data. */
const removeLeftovers = (temporaryFolder: string): void => {
  if (!existsSync(temporaryFolder)) return;
  for (const name of readdirSync(temporaryFolder)) {
    if (/^(result-|unload-|duckdb_temp)/.test(name)) rmSync(path.join(temporaryFolder, name), { recursive: true, force: true });
  }
};

/**
 * Amazon Athena's API over {@link AthenaEngine}. Queries are durable from the moment they are accepted; one that ran when the
 * process died is FAILED afterwards.
 */
export class AthenaService implements Service, QueryRunner {
  readonly signingNames = ['athena'];
  readonly handle: RequestHandler;
  readonly engine: AthenaEngine;
  private readonly jobs: QueryJobs;

  constructor(options: AthenaServiceOptions) {
    const clock = options.clock ?? (() => new Date());
    const now = (): number => clock().getTime();
    const { stateFolder, temporaryFolder, store, catalog } = options;
    removeLeftovers(temporaryFolder);
    this.engine = new AthenaEngine({ store, catalog, clock }, { stateFolder, temporaryFolder }, options.limits);
    const workGroups = new WorkGroups(stateFolder, now);
    this.jobs = new QueryJobs({ engine: this.engine, workGroups, store, clock, stateFolder, temporaryFolder });
    const namedQueries = new NamedQueries(stateFolder);
    this.handle = jsonProtocol('athena', {
      ...queryActions(this.jobs, store),
      ...workGroupActions(workGroups, namedQueries, this.engine.prepared),
      ...namedQueryActions(namedQueries, workGroups),
      ...preparedStatementActions(this.engine.prepared, workGroups, now),
      ...metadataActions(catalog),
    });
  }

  start(input: Record<string, unknown>): Promise<string> {
    return this.jobs.start(new Input(input, 'InvalidRequestException'));
  }

  async wait(queryExecutionId: string): Promise<QueryOutcome> {
    const execution = await this.jobs.wait(queryExecutionId);
    const { state } = execution;
    return { execution: describeExecution(execution), state: state === 'SUCCEEDED' || state === 'CANCELLED' ? state : 'FAILED' };
  }

  stopQuery(queryExecutionId: string): Promise<void> {
    return this.jobs.stop(queryExecutionId);
  }

  /** Ends running queries as CANCELLED, then the engine. */
  async stop(): Promise<void> {
    await this.jobs.close();
    await this.engine.close();
  }
}
