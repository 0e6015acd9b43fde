import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { administrator, requireAccess } from '../../core/caller.ts';
import type { AccessRule, Caller } from '../../core/caller.ts';
import { jsonProtocol } from '../../core/json-protocol.ts';
import type { QueryOutcome, QueryRunner } from '../../core/ports.ts';
import type { RequestHandler, Service } from '../../core/service.ts';
import { athenaAccess, athenaAccessDenied } from './access.ts';
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
  private readonly access: AccessRule<Record<string, unknown>>;
  private readonly region: string;

  constructor(options: AthenaServiceOptions) {
    const clock = options.clock ?? (() => new Date());
    const now = (): number => clock().getTime();
    const { stateFolder, temporaryFolder, store, catalog } = options;
    this.region = options.region ?? 'eu-west-1';
    removeLeftovers(temporaryFolder);
    this.engine = new AthenaEngine({ store, catalog, clock, region: this.region }, { stateFolder, temporaryFolder }, options.limits);
    const workGroups = new WorkGroups(stateFolder, now);
    this.jobs = new QueryJobs({ engine: this.engine, workGroups, store, clock, stateFolder, temporaryFolder });
    const namedQueries = new NamedQueries(stateFolder);
    this.access = athenaAccess({ execution: (id) => this.jobs.executions.get(id)?.workGroup, namedQuery: (id) => namedQueries.get(id)?.WorkGroup });
    this.handle = jsonProtocol('athena', {
      ...queryActions(this.jobs, store),
      ...workGroupActions(workGroups, namedQueries, this.engine.prepared),
      ...namedQueryActions(namedQueries, workGroups),
      ...preparedStatementActions(this.engine.prepared, workGroups, now),
      ...metadataActions(catalog),
    }, this.access, athenaAccessDenied);
  }

  async start(input: Record<string, unknown>, caller: Caller = administrator): Promise<string> {
    this.require(caller, 'StartQueryExecution', input);
    return this.jobs.start(new Input(input, 'InvalidRequestException'), caller);
  }

  async wait(queryExecutionId: string, caller: Caller = administrator): Promise<QueryOutcome> {
    this.require(caller, 'GetQueryExecution', { QueryExecutionId: queryExecutionId });
    const execution = await this.jobs.wait(queryExecutionId);
    const { state } = execution;
    return { execution: describeExecution(execution), state: state === 'SUCCEEDED' || state === 'CANCELLED' ? state : 'FAILED' };
  }

  async stopQuery(queryExecutionId: string, caller: Caller = administrator): Promise<void> {
    this.require(caller, 'StopQueryExecution', { QueryExecutionId: queryExecutionId });
    return this.jobs.stop(queryExecutionId);
  }

  private require(caller: Caller, action: string, input: Record<string, unknown>): void {
    requireAccess(caller, () => this.access(action, input, this.region), athenaAccessDenied);
  }

  /** Ends running queries as CANCELLED, then the engine. */
  async stop(): Promise<void> {
    await this.jobs.close();
    await this.engine.close();
  }
}
