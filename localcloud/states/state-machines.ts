import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { optionalFlag, optionalText, requiredText, tagsAsList, textList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { arn } from '../core/service.ts';
import type { Clock } from '../core/service.ts';
import { readDefinition } from './check-definition.ts';
import { isName, page } from './requests.ts';
import { readTags } from './tags.ts';

/** A state machine as it is kept in `machines.json`. Times are epoch milliseconds. */
export interface Machine {
  name: string;
  definition: string;
  roleArn: string;
  createdAt: number;
  updatedAt: number;
  tags: Record<string, string>;
}

/** State machines and the actions on them. */
export class StateMachines {
  private readonly region: string;
  private readonly clock: Clock;
  private readonly file: JsonFile<Record<string, Machine>>;
  private readonly onDelete: (name: string) => void;

  /** `onDelete` is told the name of a machine that is about to go. */
  constructor(folder: string, region: string, clock: Clock, onDelete: (name: string) => void) {
    this.region = region;
    this.clock = clock;
    this.onDelete = onDelete;
    this.file = new JsonFile<Record<string, Machine>>(path.join(folder, 'machines.json'), {});
  }

  actions(): Record<string, JsonAction> {
    return {
      CreateStateMachine: (input) => this.create(input),
      UpdateStateMachine: (input) => this.update(input),
      DescribeStateMachine: (input) => this.describe(this.find(requiredText(input, 'stateMachineArn'))),
      DeleteStateMachine: (input) => this.delete(input),
      ListStateMachines: (input) => this.list(input),
      ValidateStateMachineDefinition: (input) => validate(requiredText(input, 'definition')),
      TagResource: (input) => this.change(requiredText(input, 'resourceArn'), (machine) => Object.assign(machine.tags, readTags(input, 'tags'))),
      UntagResource: (input) => this.untag(input),
      ListTagsForResource: (input) => ({ tags: tagsAsList(this.find(requiredText(input, 'resourceArn')).tags).map(({ Key, Value }) => ({ key: Key, value: Value })) }),
    };
  }

  arnOf(name: string): string {
    return arn('states', this.region, `stateMachine:${name}`);
  }

  /** Throws StateMachineDoesNotExist, also for a version or an alias: there are none. */
  find(machineArn: string): Machine {
    const [name = '', ...qualifier] = machineArn.split(':').slice(6);
    const machines = this.file.get();
    const machine = Object.hasOwn(machines, name) ? machines[name] : undefined;
    if (!machine || qualifier.length > 0) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
    return machine;
  }

  describe({ name, definition, roleArn, createdAt }: Machine): Record<string, unknown> {
    return { stateMachineArn: this.arnOf(name), name, status: 'ACTIVE', definition, roleArn, type: 'STANDARD', creationDate: createdAt / 1000, loggingConfiguration: { level: 'OFF', includeExecutionData: false }, tracingConfiguration: { enabled: false } };
  }

  private change(machineArn: string, change: (machine: Machine) => void): void {
    const { name } = this.find(machineArn);
    this.file.update((draft) => {
      const machine = draft[name];
      if (machine) change(machine);
    });
  }

  private create(input: JsonObject): unknown {
    const name = requiredText(input, 'name');
    if (!isName(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    if (optionalText(input, 'type') === 'EXPRESS') throw new AwsError('ValidationException', 'EXPRESS workflows are not supported locally');
    refuseVersions(input);
    const definition = requiredText(input, 'definition');
    const roleArn = requiredText(input, 'roleArn');
    const existing = this.file.get()[name];
    if (existing?.definition !== definition) readDefinition(definition); // asl-validator takes half a second
    const now = this.clock().getTime();
    // The same request again is answered as the first one was.
    if (existing && (existing.definition !== definition || existing.roleArn !== roleArn)) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${this.arnOf(name)}'`);
    }
    if (!existing) this.file.update((draft) => (draft[name] = { name, definition, roleArn, createdAt: now, updatedAt: now, tags: readTags(input, 'tags') }));
    return { stateMachineArn: this.arnOf(name), creationDate: (existing?.createdAt ?? now) / 1000 };
  }

  private update(input: JsonObject): unknown {
    refuseVersions(input);
    const machineArn = requiredText(input, 'stateMachineArn');
    const definition = optionalText(input, 'definition');
    const roleArn = optionalText(input, 'roleArn');
    if (definition !== undefined && definition !== this.find(machineArn).definition) readDefinition(definition);
    const updatedAt = this.clock().getTime();
    this.change(machineArn, (machine) => Object.assign(machine, { updatedAt, ...(definition === undefined ? {} : { definition }), ...(roleArn === undefined ? {} : { roleArn }) }));
    return { updateDate: updatedAt / 1000 };
  }

  private delete(input: JsonObject): void {
    const name = requiredText(input, 'stateMachineArn').split(':').at(6) ?? '';
    this.onDelete(name);
    this.file.update((draft) => Reflect.deleteProperty(draft, name));
  }

  private list(input: JsonObject): unknown {
    const machines = Object.values(this.file.get()).map(({ name, createdAt }) => ({ stateMachineArn: this.arnOf(name), name, type: 'STANDARD', creationDate: createdAt / 1000 }));
    const { items, next } = page(machines, input);
    return { stateMachines: items, ...next };
  }

  private untag(input: JsonObject): void {
    const keys = textList(input, 'tagKeys');
    this.change(requiredText(input, 'resourceArn'), (machine) => (machine.tags = Object.fromEntries(Object.entries(machine.tags).filter(([key]) => !keys.includes(key)))));
  }
}

const refuseVersions = (input: JsonObject): void => {
  if (optionalFlag(input, 'publish') === true) throw new AwsError('ValidationException', 'Versions of state machines are not supported locally');
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
