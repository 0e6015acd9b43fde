import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { optionalFlag, optionalNumber, optionalText, requiredText, tagsAsList, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { RequestHandler, Service } from '../core/service.ts';
import { readDefinition } from './check-definition.ts';
import type { StateMachineDefinition } from './definition.ts';
import { Execution } from './execution.ts';
import { ExecutionStore } from './execution-store.ts';
import type { ExecutionRecord } from './execution-store.ts';
import { readTags } from './tags.ts';
import { realSleep } from './timing.ts';
import type { ExecutionOutcome, StatesOptions } from './types.ts';

/** A state machine as it is kept in `machines.json`. */
interface Machine {
  name: string;
  definition: string;
  roleArn: string;
  createdAt: number;
  updatedAt: number;
  tags: Record<string, string>;
}

interface Started {
  executionArn: string;
  startDate: Date;
  ended: Promise<ExecutionOutcome>;
}

const MAX_INPUT_BYTES = 256 * 1024;
const PAGE = 100;

/**
 * Step Functions, standard workflows in JSONPath. Executions run in this process; those it was running when it was killed are
 * FAILED (States.Runtime) at the next start. Not here: JSONata, activities, distributed Map, express workflows, redrive, aws-sdk
 * integrations; a definition that uses one is refused.
 */
export class StatesService implements Service {
  readonly signingNames = ['states'];
  readonly handle: RequestHandler;
  private readonly options: StatesOptions;
  private readonly machines: JsonFile<Record<string, Machine>>;
  private readonly store: ExecutionStore;
  private readonly running = new Map<string, Execution>();
  private readonly endings = new Set<Promise<unknown>>();

  constructor(options: StatesOptions) {
    this.options = options;
    this.machines = new JsonFile<Record<string, Machine>>(path.join(options.dataDir, 'machines.json'), {});
    this.store = new ExecutionStore(path.join(options.dataDir, 'executions'), options.clock());
    this.handle = jsonProtocol('StepFunctions', this.actions());
  }

  private actions(): Record<string, JsonAction> {
    return {
      CreateStateMachine: (input) => this.create(input),
      UpdateStateMachine: (input) => this.update(input),
      DescribeStateMachine: (input) => this.describeMachine(input),
      DeleteStateMachine: (input) => this.delete(input),
      ListStateMachines: (input) => this.listMachines(input),
      ValidateStateMachineDefinition: (input) => validate(requiredText(input, 'definition')),
      StartExecution: (input) => {
        const { executionArn, startDate } = this.start(input);
        return { executionArn, startDate: startDate.getTime() / 1000 };
      },
      StopExecution: async (input) => this.stopExecution(input),
      DescribeExecution: (input) => this.describeExecution(this.record(requiredText(input, 'executionArn'))),
      ListExecutions: (input) => this.listExecutions(input),
      GetExecutionHistory: (input) => this.history(input),
      TagResource: (input) => this.changeMachine(requiredText(input, 'resourceArn'), (machine) => Object.assign(machine.tags, readTags(input, 'tags'))),
      UntagResource: (input) => this.untag(input),
      ListTagsForResource: (input) => ({ tags: tagsAsList(this.machine(requiredText(input, 'resourceArn')).tags).map(({ Key, Value }) => ({ key: Key, value: Value })) }),
    };
  }

  /** Runs an execution to its end. `input` is JSON; throws AwsError where it cannot start, never because it failed. */
  async run(stateMachineArn: string, input: unknown, name?: string): Promise<ExecutionOutcome> {
    return this.start({ stateMachineArn, input: JSON.stringify(input), ...(name === undefined ? {} : { name }) }).ended;
  }

  /** Starts an execution whose end nobody here waits for; `input` is JSON text. Throws AwsError where it cannot start. */
  startExecution(stateMachineArn: string, input: string): void {
    this.start({ stateMachineArn, input }).ended.catch(() => undefined); // how it ended is in its record
  }

  /** Aborts what runs and waits until it has ended. */
  async stop(): Promise<void> {
    for (const execution of this.running.values()) execution.stop('States.Runtime', 'The cloud was shut down');
    await Promise.all(this.endings);
  }

  // --- state machines -------------------------------------------------------------------------------------------------

  private machineArn(name: string): string {
    return arn('states', this.options.region, `stateMachine:${name}`);
  }

  private machine(machineArn: string): Machine {
    const name = machineArn.split(':').at(6) ?? '';
    const machines = this.machines.get();
    const machine = Object.hasOwn(machines, name) ? machines[name] : undefined;
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
    return machine;
  }

  private changeMachine(machineArn: string, change: (machine: Machine) => void): void {
    const { name } = this.machine(machineArn);
    this.machines.update((draft) => {
      const machine = draft[name];
      if (machine) change(machine);
    });
  }

  private create(input: JsonObject): unknown {
    const name = requiredText(input, 'name');
    if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    if (optionalText(input, 'type') === 'EXPRESS') throw new AwsError('ValidationException', 'EXPRESS workflows are not supported locally');
    const definition = requiredText(input, 'definition');
    const roleArn = requiredText(input, 'roleArn');
    const existing = this.machines.get()[name];
    if (existing?.definition !== definition) readDefinition(definition); // asl-validator takes half a second
    const now = this.options.clock().getTime();
    // The same request again is answered as the first one was.
    if (existing && (existing.definition !== definition || existing.roleArn !== roleArn)) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${this.machineArn(name)}'`);
    }
    if (!existing) this.machines.update((draft) => (draft[name] = { name, definition, roleArn, createdAt: now, updatedAt: now, tags: readTags(input, 'tags') }));
    return { stateMachineArn: this.machineArn(name), creationDate: (existing?.createdAt ?? now) / 1000 };
  }

  private update(input: JsonObject): unknown {
    const machineArn = requiredText(input, 'stateMachineArn');
    const definition = optionalText(input, 'definition');
    const roleArn = optionalText(input, 'roleArn');
    if (definition !== undefined && definition !== this.machine(machineArn).definition) readDefinition(definition);
    const updatedAt = this.options.clock().getTime();
    this.changeMachine(machineArn, (machine) => Object.assign(machine, { updatedAt, ...(definition === undefined ? {} : { definition }), ...(roleArn === undefined ? {} : { roleArn }) }));
    return { updateDate: updatedAt / 1000 };
  }

  private describeMachine(input: JsonObject): unknown {
    const { name, definition, roleArn, createdAt } = this.machine(requiredText(input, 'stateMachineArn'));
    return { stateMachineArn: this.machineArn(name), name, status: 'ACTIVE', definition, roleArn, type: 'STANDARD', creationDate: createdAt / 1000, loggingConfiguration: { level: 'OFF', includeExecutionData: false }, tracingConfiguration: { enabled: false } };
  }

  private delete(input: JsonObject): void {
    const name = requiredText(input, 'stateMachineArn').split(':').at(6) ?? '';
    for (const [executionArn, execution] of this.running) if (executionArn.split(':').at(6) === name) execution.stop();
    this.machines.update((draft) => Reflect.deleteProperty(draft, name));
  }

  private listMachines(input: JsonObject): unknown {
    const machines = Object.values(this.machines.get()).map(({ name, createdAt }) => ({ stateMachineArn: this.machineArn(name), name, type: 'STANDARD', creationDate: createdAt / 1000 }));
    const { items, next } = page(machines, input);
    return { stateMachines: items, ...next };
  }

  private untag(input: JsonObject): void {
    const keys = textList(input, 'tagKeys');
    this.changeMachine(requiredText(input, 'resourceArn'), (machine) => (machine.tags = Object.fromEntries(Object.entries(machine.tags).filter(([key]) => !keys.includes(key)))));
  }

  // --- executions -----------------------------------------------------------------------------------------------------

  private executionArn(machine: string, name: string): string {
    return arn('states', this.options.region, `execution:${machine}:${name}`);
  }

  /** A name that ran before is answered again where its input is the same and it still runs; else ExecutionAlreadyExists. */
  private start(input: JsonObject): Started {
    const stateMachineArn = requiredText(input, 'stateMachineArn');
    const machine = this.machine(stateMachineArn);
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
    const record: ExecutionRecord = { machine: machine.name, name, input: text, status: 'RUNNING', startedAt: startDate.getTime() };
    this.store.save(record);
    return { executionArn, startDate, ended: this.launch(executionArn, record, machine, parsed) };
  }

  private launch(executionArn: string, record: ExecutionRecord, machine: Machine, input: unknown): Promise<ExecutionOutcome> {
    const { clock, region, functions, queries, publisher, athena, sleep = realSleep, random = Math.random } = this.options;
    const tasks = { functions, queries, publisher, ...(athena ? { athena } : {}), startExecution: (parameters: Record<string, unknown>) => this.startFromTask(parameters) };
    const execution = new Execution(
      { executionArn, name: record.name, stateMachineArn: this.machineArn(machine.name), stateMachineName: machine.name, roleArn: machine.roleArn, definition: JSON.parse(machine.definition) as StateMachineDefinition, input },
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
  private startFromTask(parameters: Record<string, unknown>): Started {
    const { StateMachineArn, Name, Input } = parameters;
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
      stateMachineArn: this.machineArn(record.machine),
      name: record.name,
      status: record.status,
      startDate: record.startedAt / 1000,
      ...(record.stoppedAt === undefined ? {} : { stopDate: record.stoppedAt / 1000 }),
    };
  }

  private describeExecution(record: ExecutionRecord): unknown {
    const { input, output, error, cause } = record;
    return {
      ...this.summary(record),
      input,
      inputDetails: { included: true },
      ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
  }

  private listExecutions(input: JsonObject): unknown {
    const { name } = this.machine(requiredText(input, 'stateMachineArn'));
    const status = optionalText(input, 'statusFilter');
    const records = this.store.list(name).filter((record) => status === undefined || record.status === status);
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

const isName = (name: string): boolean => /^[A-Za-z0-9_.+-]{1,80}$/.test(name) && !name.startsWith('.');

const parseInput = (text: string): unknown => {
  if (Buffer.byteLength(text) > MAX_INPUT_BYTES) throw new AwsError('InvalidExecutionInput', `The input exceeds ${MAX_INPUT_BYTES} bytes`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(cause as Error).message}'`, { cause });
  }
};

const validate = (definition: string): unknown => {
  try {
    readDefinition(definition);
    return { result: 'OK', diagnostics: [] };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { result: 'FAIL', diagnostics: [{ severity: 'ERROR', code: 'SCHEMA_VALIDATION_FAILED', message: error.message }] };
  }
};

/** A page by maxResults and nextToken (the place to go on from). */
const page = <T>(items: readonly T[], input: JsonObject): { items: T[]; next: { nextToken?: string } } => {
  const from = Number(optionalText(input, 'nextToken') ?? '0');
  const size = optionalNumber(input, 'maxResults') ?? 0;
  const to = from + (size > 0 ? size : PAGE);
  return { items: items.slice(from, to), next: to < items.length ? { nextToken: String(to) } : {} };
};
