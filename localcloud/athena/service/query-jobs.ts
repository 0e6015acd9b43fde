import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AwsError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/ports.ts';
import type { Clock } from '../../core/service.ts';
import type { Input } from '../../glue/input.ts';
import type { AthenaEngine } from '../engine.ts';
import { AthenaFailure, QueryCancelled } from '../failure.ts';
import { ResultFileWriter } from '../results/result-file.ts';
import type { Statement } from '../statements/model.ts';
import type { StatementContext, StatementResult } from '../types.ts';
import type { Execution, ExecutionOutcome } from './executions.ts';
import { Executions, isEnded } from './executions.ts';
import type { WorkGroup, WorkGroups } from './work-groups.ts';

/** Queries that run at once; the others wait, QUEUED. */
const RUNNING_AT_ONCE = 8;

interface Job {
  execution: Execution;
  group: WorkGroup;
  abort: AbortController;
  ended: Promise<void>;
  end: () => void;
}

/** Queries from their start to their end: queue, engine, result files. */
export class QueryJobs {
  readonly executions: Executions;
  private readonly engine: AthenaEngine;
  private readonly workGroups: WorkGroups;
  private readonly store: ObjectStore;
  private readonly clock: Clock;
  private readonly temporaryFolder: string;
  private readonly jobs = new Map<string, Job>();
  private readonly waiting: Job[] = [];
  private running = 0;

  constructor(parts: { engine: AthenaEngine; workGroups: WorkGroups; store: ObjectStore; clock: Clock; stateFolder: string; temporaryFolder: string }) {
    this.engine = parts.engine;
    this.workGroups = parts.workGroups;
    this.store = parts.store;
    this.clock = parts.clock;
    this.temporaryFolder = parts.temporaryFolder;
    this.executions = new Executions(parts.stateFolder, parts.clock().getTime());
  }

  /** StartQueryExecution: durable when it returns. @throws AwsError InvalidRequestException */
  async start(input: Input): Promise<string> {
    const query = input.text('QueryString');
    const token = input.optionalText('ClientRequestToken');
    const known = this.known(token, query);
    if (known) return known.id;
    const group = this.workGroups.require(input.optionalText('WorkGroup') ?? 'primary');
    if (group.state === 'DISABLED') throw input.refuse(`WorkGroup ${group.name} is disabled.`);
    const parameters = input.has('ExecutionParameters') ? input.texts('ExecutionParameters') : undefined;
    const outputFolder = this.outputFolder(input, group);
    await this.check(query, parameters);
    // While the grammar was read another request may have brought the same token.
    const meanwhile = this.known(token, query);
    if (meanwhile) return meanwhile.id;
    const context = input.structure('QueryExecutionContext');
    const execution: Execution = {
      id: randomUUID(),
      query,
      workGroup: group.name,
      database: context.optionalText('Database')?.toLowerCase(),
      catalog: context.optionalText('Catalog'),
      parameters,
      token,
      outputFolder,
      state: 'QUEUED',
      submittedAt: this.clock().getTime(),
      completedAt: undefined,
      failure: undefined,
      outcome: undefined,
    };
    this.executions.save(execution);
    this.enqueue(execution, group);
    return execution.id;
  }

  /** Resolves when the query has ended. */
  async wait(id: string): Promise<Execution> {
    await this.jobs.get(id)?.ended;
    return this.require(id);
  }

  /** Returns when the query has ended, as nobody can tell a moment between. */
  async stop(id: string): Promise<void> {
    this.require(id);
    const job = this.jobs.get(id);
    if (!job) return;
    job.abort.abort();
    await job.ended;
  }

  require(id: string): Execution {
    const execution = this.executions.get(id);
    if (!execution) throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`);
    return execution;
  }

  async close(): Promise<void> {
    const jobs = [...this.jobs.values()];
    for (const job of jobs) job.abort.abort();
    await Promise.all(jobs.map((job) => job.ended));
    this.executions.close();
  }

  private known(token: string | undefined, query: string): Execution | undefined {
    const known = token === undefined ? undefined : this.executions.withToken(token);
    if (known && known.query !== query) throw new AwsError('InvalidRequestException', 'Idempotent parameters do not match');
    return known;
  }

  private async check(query: string, parameters: readonly string[] | undefined): Promise<void> {
    try {
      await this.engine.check(query, parameters);
    } catch (error) {
      if (!(error instanceof AthenaFailure)) throw error;
      throw new AwsError('InvalidRequestException', error.message.replace(/^SYNTAX_ERROR: /, ''), { detail: { AthenaErrorCode: 'MALFORMED_QUERY' }, cause: error });
    }
  }

  private outputFolder(input: Input, group: WorkGroup): string {
    const own = input.structure('ResultConfiguration').optionalText('OutputLocation');
    const location = group.enforced ? (group.outputLocation ?? own) : (own ?? group.outputLocation);
    if (location === undefined) {
      throw input.refuse('No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.');
    }
    const bucket = /^s3:\/\/([^/]+)/.exec(location)?.[1];
    if (bucket === undefined) throw input.refuse(`outputLocation is not a valid S3 path.`);
    if (!this.store.bucketExists(bucket)) throw input.refuse(`Unable to verify/create output bucket ${bucket}`);
    return location.endsWith('/') ? location : `${location}/`;
  }

  private enqueue(execution: Execution, group: WorkGroup): void {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const job: Job = { execution, group, abort: new AbortController(), ended, end };
    this.jobs.set(execution.id, job);
    this.waiting.push(job);
    this.advance();
  }

  private advance(): void {
    while (this.running < RUNNING_AT_ONCE) {
      const job = this.waiting.shift();
      if (!job) return;
      this.running += 1;
      void this.carryOut(job);
    }
  }

  private async carryOut(job: Job): Promise<void> {
    const { execution } = job;
    const startedMs = performance.now();
    const queueMs = Math.max(0, this.clock().getTime() - execution.submittedAt);
    // RUNNING is not written to the log: after a crash it means the same as QUEUED.
    const runningExecution: Execution = { ...execution, state: 'RUNNING' };
    job.execution = runningExecution;
    let last: Execution;
    try {
      const outcome = await this.run(job, (result) => ({ engineMs: Math.round(performance.now() - startedMs), queueMs, scannedBytes: result.statistics.dataScannedBytes.toString() }));
      last = { ...runningExecution, state: 'SUCCEEDED', outcome };
    } catch (error) {
      last = { ...runningExecution, ...ending(error) };
    }
    this.executions.save({ ...last, completedAt: this.clock().getTime() });
    this.jobs.delete(execution.id);
    this.running -= 1;
    job.end();
    this.advance();
  }

  /** The state as it is now; the log knows of start and end only. */
  current(id: string): Execution {
    const known = this.require(id);
    const job = this.jobs.get(id);
    return isEnded(known.state) || !job ? known : job.execution;
  }

  private async run(job: Job, measure: (result: StatementResult) => Pick<ExecutionOutcome, 'engineMs' | 'queueMs' | 'scannedBytes'>): Promise<ExecutionOutcome> {
    const { execution } = job;
    const kind = resultKind(this.engine.resolved(execution.query, execution.workGroup));
    const writer = new ResultFileWriter(this.temporaryFolder, kind === 'csv');
    let finished = false;
    try {
      const result = await this.engine.execute(execution.query, contextOf(job), writer);
      const measured = measure(result);
      const resultFile = kind === 'none' ? undefined : `${execution.id}.${kind}`;
      if (resultFile !== undefined) {
        writer.finish(this.store.fileOf(execution.outputFolder + resultFile));
        finished = true;
      }
      this.writeMetadata(execution, resultFile ?? execution.id, result);
      return { ...measured, statementType: result.kind, substatementType: result.substatement, columns: result.columns, resultFile, isText: kind === 'txt', updateCount: result.statistics.updateCount };
    } finally {
      if (!finished) writer.discard();
    }
  }

  /** Athena's own format of this file is not documented; here it is JSON. */
  private writeMetadata(execution: Execution, name: string, result: StatementResult): void {
    const file = this.store.fileOf(`${execution.outputFolder}${name}.metadata`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ columns: result.columns }));
  }
}

const contextOf = (job: Job): StatementContext => {
  const { id, database, outputFolder, parameters, workGroup } = job.execution;
  const { bytesScannedLimit, enforced, outputLocation } = job.group;
  return {
    workGroup,
    output: { folder: outputFolder, queryId: id, enforced: enforced && outputLocation !== undefined },
    signal: job.abort.signal,
    ...(database === undefined ? {} : { database }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(bytesScannedLimit === undefined ? {} : { bytesScannedLimit }),
  };
};

/** Queries answer CSV, DDL text, what writes rows nothing. */
const resultKind = (statement: Statement): 'csv' | 'txt' | 'none' => {
  if (statement.kind === 'dml') return statement.verb === 'SELECT' ? 'csv' : 'none';
  return ['createTableAs', 'unload', 'optimize', 'vacuum'].includes(statement.kind) ? 'none' : 'txt';
};

const ending = (error: unknown): Pick<Execution, 'state' | 'failure'> => {
  if (error instanceof QueryCancelled) return { state: 'CANCELLED', failure: { reason: error.message, category: 2, retryable: false } };
  if (error instanceof AthenaFailure) {
    const cancelled = error.errorName === 'EXCEEDED_SCAN_LIMIT';
    return { state: cancelled ? 'CANCELLED' : 'FAILED', failure: { reason: error.message, category: error.category, retryable: error.errorName === 'ICEBERG_COMMIT_ERROR' } };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { state: 'FAILED', failure: { reason: `INTERNAL_ERROR: ${text}`, category: 1, retryable: false } };
};
