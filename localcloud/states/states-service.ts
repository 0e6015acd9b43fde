import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { administrator, requireAccess, withoutRoles } from '../core/caller.ts';
import type { Caller } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { optionalFlag, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { statesAccess } from './access.ts';
import type { StateMachineDefinition } from './definition.ts';
import { Execution } from './execution.ts';
import type { Redrive } from './execution.ts';
import { ExecutionStore } from './execution-store.ts';
import type { ExecutionRecord } from './execution-store.ts';
import { notRedrivableReason, redriven, redrivenBy } from './redrive.ts';
import { isName, page } from './requests.ts';
import { StateMachines } from './state-machines.ts';
import type { Machine } from './state-machines.ts';
import { TaskTokens } from './task-tokens.ts';
import { realSleep } from './timing.ts';
import type { ExecutionOutcome, StatesOptions } from './types.ts';

interface Started {
  executionArn: string;
  startDate: Date;
  ended: Promise<ExecutionOutcome>;
}

const MAX_INPUT_BYTES = 256 * 1024;

/**
 * Step Functions, standard workflows in JSONPath. Executions run in this process; those it was running when it was killed are
 * FAILED (States.Runtime) at the next start. Not here: JSONata, activities, distributed Map, express workflows, versions,
 * aws-sdk integrations; a definition that uses one is refused.
 */
export class StatesService implements Service {
  readonly signingNames = ['states'];
  readonly handle: RequestHandler;
  private readonly options: StatesOptions;
  private readonly machines: StateMachines;
  private readonly tokens = new TaskTokens();
  private readonly store: ExecutionStore;
  private readonly running = new Map<string, Execution>();
  private readonly endings = new Set<Promise<unknown>>();

  constructor(options: StatesOptions) {
    this.options = options;
    this.machines = new StateMachines(options.dataDir, options.region, options.clock, (name) => this.stopAllOf(name));
    this.store = new ExecutionStore(path.join(options.dataDir, 'executions'), options.clock());
    this.handle = jsonProtocol('StepFunctions', this.actions(), statesAccess((name) => this.machines.arnOf(name)));
  }

  private actions(): Record<string, JsonAction> {
    return {
      ...this.machines.actions(),
      ...this.tokens.actions,
      StartExecution: (input) => {
        const { executionArn, startDate } = this.start(input);
        return { executionArn, startDate: startDate.getTime() / 1000 };
      },
      StopExecution: async (input) => this.stopExecution(input),
      DescribeExecution: (input) => this.describeExecution(this.record(requiredText(input, 'executionArn'))),
      ListExecutions: (input) => this.listExecutions(input),
      GetExecutionHistory: (input) => this.history(input),
      RedriveExecution: (input) => this.redrive(input),
      DescribeStateMachineForExecution: (input) => this.describeMachineOf(this.record(requiredText(input, 'executionArn'))),
    };
  }

  /** Runs an execution to its end. `input` is JSON; throws AwsError where it cannot start, never because it failed. */
  async run(stateMachineArn: string, input: unknown, name?: string): Promise<ExecutionOutcome> {
    return this.start({ stateMachineArn, input: JSON.stringify(input), ...(name === undefined ? {} : { name }) }).ended;
  }

  /** Starts an execution whose end nobody here waits for; `input` is JSON text. Throws AwsError where it cannot start. */
  startExecution(stateMachineArn: string, input: string, caller: Caller = administrator): void {
    requireAccess(caller, () => [{ action: 'states:StartExecution', resource: stateMachineArn }]);
    this.start({ stateMachineArn, input }).ended.catch(() => undefined); // how it ended is in its record
  }

  /** Aborts what runs and waits until it has ended. */
  async stop(): Promise<void> {
    for (const execution of this.running.values()) execution.stop('States.Runtime', 'The cloud was shut down');
    await Promise.all(this.endings);
  }

  // --- executions -----------------------------------------------------------------------------------------------------

  private stopAllOf(machine: string): void {
    for (const [executionArn, execution] of this.running) if (executionArn.split(':').at(6) === machine) execution.stop();
  }

  /** The machine an execution belongs to, with the definition it was started with. Throws StateMachineDoesNotExist. */
  private machineOf({ machine: name, definition, roleArn, machineUpdatedAt }: ExecutionRecord): Machine {
    const machine = this.machines.find(this.machines.arnOf(name));
    return { ...machine, definition: definition ?? machine.definition, roleArn: roleArn ?? machine.roleArn, updatedAt: machineUpdatedAt ?? machine.updatedAt };
  }

  private describeMachineOf(record: ExecutionRecord): unknown {
    const machine = this.machineOf(record);
    const { loggingConfiguration, tracingConfiguration, stateMachineArn, name, definition, roleArn } = this.machines.describe(machine);
    return { stateMachineArn, name, definition, roleArn, updateDate: machine.updatedAt / 1000, loggingConfiguration, tracingConfiguration };
  }

  private executionArn(machine: string, name: string): string {
    return arn('states', this.options.region, `execution:${machine}:${name}`);
  }

  /** A name that ran before is answered again where its input is the same and it still runs; else ExecutionAlreadyExists. */
  private start(input: JsonObject): Started {
    const stateMachineArn = requiredText(input, 'stateMachineArn');
    const machine = this.machines.find(stateMachineArn);
    const name = optionalText(input, 'name') ?? randomUUID();
    if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const text = optionalText(input, 'input') ?? '{}';
    const parsed = parseInput(text);
    const executionArn = this.executionArn(machine.name, name);
    const earlier = this.store.get(machine.name, name);
    if (earlier) {
      const execution = this.running.get(executionArn);
      if (execution && earlier.input === text) return { executionArn, startDate: new Date(earlier.startedAt), ended: execution.ended };
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const startDate = this.options.clock();
    const { definition, roleArn, updatedAt: machineUpdatedAt } = machine;
    const record: ExecutionRecord = { machine: machine.name, name, input: text, status: 'RUNNING', startedAt: startDate.getTime(), definition, roleArn, machineUpdatedAt };
    this.store.save(record);
    return { executionArn, startDate, ended: this.launch(executionArn, record, machine, parsed) };
  }

  /** An execution that ended without success goes on, from the states and branches that did not succeed. Throws ExecutionNotRedrivable. */
  private redrive(input: JsonObject): unknown {
    const executionArn = requiredText(input, 'executionArn');
    const token = optionalText(input, 'clientToken');
    const record = this.record(executionArn);
    const now = this.options.clock();
    const before = redrivenBy(record, token, now);
    if (before !== undefined) return { redriveDate: before / 1000 };
    const reason = this.notRedrivable(record);
    const progress = this.store.progress(record);
    if (reason !== undefined || !progress) throw new AwsError('ExecutionNotRedrivable', reason ?? 'The execution cannot be redriven');
    const next = redriven(record, token, now);
    const machine = this.machineOf(record);
    const events = this.store.history(record);
    this.store.save(next);
    this.store.forgetProgress(next);
    this.launch(executionArn, next, machine, JSON.parse(record.input), { count: next.redriveCount ?? 1, date: now, events, progress }).catch(() => undefined); // how it ended is in its record
    return { redriveDate: now.getTime() / 1000 };
  }

  private notRedrivable(record: ExecutionRecord): string | undefined {
    if (record.status === 'RUNNING' || record.status === 'SUCCEEDED') return notRedrivableReason(record, { events: 0, hasProgress: true }, this.options.clock());
    return notRedrivableReason(record, { events: this.store.history(record).length, hasProgress: this.store.hasProgress(record) }, this.options.clock());
  }

  private launch(executionArn: string, record: ExecutionRecord, machine: Machine, input: unknown, redrive?: Redrive): Promise<ExecutionOutcome> {
    const { clock, region, functions, queries, publisher, athena, queues, ask, roles = withoutRoles, sleep = realSleep, random = Math.random } = this.options;
    const tasks = { functions, queries, publisher, tokens: this.tokens, ...(athena ? { athena } : {}), ...(queues ? { queues } : {}), ...(ask ? { ask } : {}), startExecution: (parameters: Record<string, unknown>, caller: Caller) => this.startFromTask(parameters, caller), caller: () => roles.actAs(machine.roleArn, 'states.amazonaws.com', this.machines.arnOf(machine.name)) };
    const execution = new Execution(
      { executionArn, name: record.name, stateMachineArn: this.machines.arnOf(machine.name), stateMachineName: machine.name, roleArn: machine.roleArn, definition: JSON.parse(machine.definition) as StateMachineDefinition, input, startTime: new Date(record.startedAt), ...(redrive ? { redrive } : {}) },
      { clock, region, sleep, random, tasks },
    );
    this.running.set(executionArn, execution);
    const ended = this.finish(executionArn, record, execution);
    this.endings.add(ended);
    void ended.finally(() => this.endings.delete(ended)).catch(() => undefined); // whoever awaits the end has the error
    return ended;
  }

  /** Keeps how an execution ended; only then is it no longer running. */
  private async finish(executionArn: string, record: ExecutionRecord, execution: Execution): Promise<ExecutionOutcome> {
    const outcome = await execution.ended;
    const { status, output, error, cause } = outcome;
    this.store.saveHistory(record, execution.events);
    if (status !== 'SUCCEEDED') this.store.saveProgress(record, execution.progress);
    this.store.save({
      ...record,
      status,
      stoppedAt: this.options.clock().getTime(),
      ...(status === 'SUCCEEDED' ? { output: JSON.stringify(output) } : {}),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    });
    this.running.delete(executionArn);
    return outcome;
  }

  /** `states:startExecution`: members are capitalised, Input is JSON or its text. */
  private startFromTask(parameters: Record<string, unknown>, caller: Caller): Started {
    const { StateMachineArn, Name, Input } = parameters;
    requireAccess(caller, () => [{ action: 'states:StartExecution', resource: String(StateMachineArn) }]);
    return this.start({ stateMachineArn: StateMachineArn, name: Name, input: typeof Input === 'string' ? Input : JSON.stringify(Input ?? {}) });
  }

  private record(executionArn: string): ExecutionRecord {
    const [machine = '', name = ''] = executionArn.split(':').slice(6);
    const record = this.store.get(machine, name);
    if (!record) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    return record;
  }

  private async stopExecution(input: JsonObject): Promise<unknown> {
    const executionArn = requiredText(input, 'executionArn');
    const execution = this.running.get(executionArn);
    execution?.stop(optionalText(input, 'error'), optionalText(input, 'cause'));
    while (this.running.has(executionArn)) await wait(1);
    return { stopDate: (this.record(executionArn).stoppedAt ?? 0) / 1000 };
  }

  private summary(record: ExecutionRecord): Record<string, unknown> {
    return {
      executionArn: this.executionArn(record.machine, record.name),
      stateMachineArn: this.machines.arnOf(record.machine),
      name: record.name,
      status: record.status,
      startDate: record.startedAt / 1000,
      ...(record.stoppedAt === undefined ? {} : { stopDate: record.stoppedAt / 1000 }),
      redriveCount: record.redriveCount ?? 0,
      ...(record.redrivenAt === undefined ? {} : { redriveDate: record.redrivenAt / 1000 }),
    };
  }

  private describeExecution(record: ExecutionRecord): unknown {
    const { input, output, error, cause } = record;
    const reason = this.notRedrivable(record);
    return {
      ...this.summary(record),
      ...(reason === undefined ? { redriveStatus: 'REDRIVABLE' } : { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason }),
      input,
      inputDetails: { included: true },
      ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
  }

  private listExecutions(input: JsonObject): unknown {
    const { name } = this.machines.find(requiredText(input, 'stateMachineArn'));
    const status = optionalText(input, 'statusFilter');
    const redriveFilter = optionalText(input, 'redriveFilter');
    const wanted = (record: ExecutionRecord): boolean => redriveFilter === undefined || (redriveFilter === 'REDRIVEN') === (record.redriveCount ?? 0) > 0;
    const records = this.store.list(name).filter((record) => (status === undefined || record.status === status) && wanted(record));
    const { items, next } = page(records, input);
    return { executions: items.map((record) => this.summary(record)), ...next };
  }

  private history(input: JsonObject): unknown {
    const executionArn = requiredText(input, 'executionArn');
    const record = this.record(executionArn);
    const events = [...(this.running.get(executionArn)?.events ?? this.store.history(record))];
    const { items, next } = page(optionalFlag(input, 'reverseOrder') === true ? events.reverse() : events, input);
    return { events: items, ...next };
  }
}

const parseInput = (text: string): unknown => {
  if (Buffer.byteLength(text) > MAX_INPUT_BYTES) throw new AwsError('InvalidExecutionInput', `The input exceeds ${MAX_INPUT_BYTES} bytes`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(cause as Error).message}'`, { cause });
  }
};
