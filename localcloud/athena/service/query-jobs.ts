import { randomUUID } from 'node:crypto';
import { administrator } from '../../core/caller.ts';
import type { Caller } from '../../core/caller.ts';
import type { ObjectStore } from '../../core/ports.ts';
import type { Clock } from '../../core/service.ts';
import type { Input } from '../../glue/input.ts';
import type { AthenaEngine } from '../engine.ts';
import { AthenaFailure, QueryCancelled } from '../failure.ts';
import { ResultFileWriter } from '../results/result-file.ts';
import type { StatementContext } from '../types.ts';
import type { Execution, ExecutionOutcome } from './executions.ts';
import { Executions, isEnded } from './executions.ts';
import { writeOutput } from './query-output.ts';
import { athenaRefusal } from './refusals.ts';
import { reusable } from './result-reuse.ts';
import type { StartRequest } from './start-request.ts';
import { readStartRequest } from './start-request.ts';
import { resultKind, statementType } from './statement-class.ts';
import type { WorkGroup, WorkGroups } from './work-groups.ts';

/** Queries that run at once; the others wait, QUEUED. */
const RUNNING_AT_ONCE = 8;

interface Job {
  execution: Execution;
  group: WorkGroup;
  caller: Caller;
  abort: AbortController;
  ended: Promise<void>;
  end: () => void;
}

/** Queries from their start to their end: queue, engine, result files. */
export class QueryJobs {
  readonly executions: Executions;
  private readonly engine: AthenaEngine;
  readonly workGroups: WorkGroups;
  readonly store: ObjectStore;
  private readonly clock: Clock;
  readonly temporaryFolder: string;
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
  async start(input: Input, caller: Caller = administrator): Promise<string> {
    const request = readStartRequest(input);
    const known = this.known(request);
    if (known) return known.id;
    const group = this.workGroups.require(request.workGroup);
    if (group.state === 'DISABLED') throw input.refuse(`WorkGroup ${group.name} is disabled.`);
    const outputFolder = this.outputFolder(request, group, caller);
    await this.check(request.query, request.parameters);
    // While the grammar was read another request may have brought the same token.
    const meanwhile = this.known(request);
    if (meanwhile) return meanwhile.id;
    const execution: Execution = {
      ...request,
      id: randomUUID(),
      statementType: statementType(this.engine.resolved(request.query, group.name)),
      outputFolder,
      state: 'QUEUED',
      submittedAt: this.clock().getTime(),
      completedAt: undefined,
      failure: undefined,
      outcome: undefined,
    };
    this.executions.save(execution);
    this.enqueue(execution, group, caller);
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
    const place = this.waiting.indexOf(job);
    if (place >= 0) {
      // Nothing runs yet that could notice.
      this.waiting.splice(place, 1);
      this.end(job, { ...job.execution, ...ending(new QueryCancelled(), job.group) });
    }
    await job.ended;
  }

  require(id: string): Execution {
    const execution = this.executions.get(id);
    if (!execution) throw athenaRefusal(`QueryExecution ${id} was not found`);
    return execution;
  }

  async close(): Promise<void> {
    const jobs = [...this.jobs.values()];
    for (const job of jobs) job.abort.abort();
    await Promise.all(jobs.map((job) => job.ended));
    this.executions.close();
  }

  private known({ token, query, fingerprint }: StartRequest): Execution | undefined {
    const known = token === undefined ? undefined : this.executions.withToken(token);
    const same = known?.fingerprint === undefined ? known?.query === query : known.fingerprint === fingerprint;
    if (known && !same) throw athenaRefusal('Idempotent parameters do not match', 'IDEMPOTENT_PARAMETER_MISMATCH');
    return known;
  }

  private async check(query: string, parameters: readonly string[] | undefined): Promise<void> {
    try {
      await this.engine.check(query, parameters);
    } catch (error) {
      if (!(error instanceof AthenaFailure)) throw error;
      throw athenaRefusal(error.message.replace(/^SYNTAX_ERROR: /, ''), 'MALFORMED_QUERY', error);
    }
  }

  private outputFolder({ outputLocation: own }: StartRequest, group: WorkGroup, caller: Caller): string {
    const location = group.enforced ? (group.outputLocation ?? own) : (own ?? group.outputLocation);
    if (location === undefined) {
      throw athenaRefusal('No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.');
    }
    const bucket = /^s3:\/\/([^/]+)/.exec(location)?.[1];
    if (bucket === undefined) throw athenaRefusal('outputLocation is not a valid S3 path.');
    const isRefused = caller.refusalOf({ action: 's3:GetBucketLocation', resource: `arn:aws:s3:::${bucket}` }) !== undefined;
    if (isRefused || !this.store.bucketExists(bucket)) throw athenaRefusal(`Unable to verify/create output bucket ${bucket}`);
    return location.endsWith('/') ? location : `${location}/`;
  }

  private enqueue(execution: Execution, group: WorkGroup, caller: Caller): void {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const job: Job = { execution, group, caller, abort: new AbortController(), ended, end };
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
    const startedMs = performance.now();
    const queueMs = Math.max(0, this.clock().getTime() - job.execution.submittedAt);
    const spent = (): { engineMs: number; queueMs: number } => ({ engineMs: Math.round(performance.now() - startedMs), queueMs });
    // RUNNING is not written to the log: after a crash it means the same as QUEUED.
    job.execution = { ...job.execution, state: 'RUNNING' };
    let last: Execution;
    try {
      last = { ...job.execution, ...(this.reused(job.execution) ?? { outcome: await this.run(job, spent) }), state: 'SUCCEEDED' };
    } catch (error) {
      last = { ...job.execution, ...ending(error, job.group) };
    }
    this.running -= 1;
    this.end(job, { ...last, spent: spent() });
    this.advance();
  }

  private end(job: Job, last: Execution): void {
    const ended = { ...last, completedAt: this.clock().getTime() };
    try {
      this.executions.save(ended);
    } catch (error) {
      // A full disk must not end the process. The log says that it runs: a restart makes it FAILED, so that is what is told now.
      const reason = `GENERIC_INTERNAL_ERROR: the end of the query (${last.state}) could not be written: ${error instanceof Error ? error.message : String(error)}`;
      this.executions.remember({ ...ended, state: 'FAILED', failure: { reason, category: 1, retryable: true } });
    }
    this.jobs.delete(last.id);
    job.end();
  }

  /** An earlier result that answers it, which is then pointed to: nothing is read or written. */
  private reused(execution: Execution): Pick<Execution, 'outcome' | 'outputFolder' | 'reusedFrom'> | undefined {
    const earlier = execution.reuseMaxAgeMinutes === undefined ? [] : this.executions.list(execution.workGroup);
    const found = reusable(execution, earlier, this.clock().getTime(), this.store);
    if (!found?.outcome) return undefined;
    return { outcome: { ...found.outcome, scannedBytes: '0' }, outputFolder: found.outputFolder, reusedFrom: found.id };
  }

  /** The state as it is now; the log knows of start and end only. */
  current(id: string): Execution {
    const known = this.require(id);
    const job = this.jobs.get(id);
    return isEnded(known.state) || !job ? known : job.execution;
  }

  private async run(job: Job, spent: () => { engineMs: number; queueMs: number }): Promise<ExecutionOutcome> {
    const { execution } = job;
    const statement = this.engine.resolved(execution.query, execution.workGroup);
    const kind = resultKind(statement);
    const writer = new ResultFileWriter(this.temporaryFolder, kind === 'csv');
    let finished = false;
    try {
      const result = await this.engine.execute(execution.query, contextOf(job), writer);
      const measured = { ...spent(), scannedBytes: result.statistics.dataScannedBytes.toString(), updateCount: result.statistics.updateCount };
      checkOutput(job);
      if (kind !== 'none') await writer.sync();
      const output = writeOutput(execution, kind, result, writer, this);
      finished = output.resultFile !== undefined;
      return { ...measured, ...output, statementType: statementType(statement), substatementType: result.substatement, columns: result.columns, isText: kind === 'txt' };
    } finally {
      if (!finished) writer.discard();
    }
  }
}

/** The results are written with the caller's rights too. @throws AthenaFailure */
const checkOutput = ({ caller, execution: { outputFolder, id } }: Job): void => {
  const location = outputFolder + id;
  const reason = caller.refusalOf({ action: 's3:PutObject', resource: `arn:aws:s3:::${location.slice('s3://'.length)}` });
  if (reason === undefined) return;
  const advice = 'Please ensure you are allowed to access the S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your KMS key';
  throw new AthenaFailure('PERMISSION_DENIED', `Access denied when writing output to url: ${location} . ${advice} (${reason})`);
};

const contextOf = (job: Job): StatementContext => {
  const { id, database, outputFolder, parameters, workGroup } = job.execution;
  const { bytesScannedLimit, enforced, outputLocation } = job.group;
  return {
    workGroup,
    output: { folder: outputFolder, queryId: id, enforced: enforced && outputLocation !== undefined },
    signal: job.abort.signal,
    caller: job.caller,
    ...(database === undefined ? {} : { database }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(bytesScannedLimit === undefined ? {} : { bytesScannedLimit }),
  };
};

const ending = (error: unknown, group: WorkGroup): Pick<Execution, 'state' | 'failure'> => {
  if (error instanceof QueryCancelled) return { state: 'CANCELLED', failure: { reason: error.message, category: 2, retryable: false } };
  if (error instanceof AthenaFailure) {
    const failure = { reason: error.message, category: error.category, retryable: error.errorName === 'ICEBERG_COMMIT_ERROR' };
    if (error.errorName !== 'EXCEEDED_SCAN_LIMIT') return { state: 'FAILED', failure };
    // Athena stops when it has read as much as the limit, and tells of that much; here nothing was read.
    return { state: 'CANCELLED', failure: { ...failure, scannedBytes: String(group.bytesScannedLimit ?? 0) } };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { state: 'FAILED', failure: { reason: `INTERNAL_ERROR: ${text}`, category: 1, retryable: false } };
};
