import { administrator } from '../../../localcloud/core/caller.ts';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { StateMachineDefinition } from '../../../localcloud/states/definition.ts';
import { Execution } from '../../../localcloud/states/execution.ts';
import { StatesService } from '../../../localcloud/states/index.ts';
import type { ExecutionOutcome } from '../../../localcloud/states/index.ts';
import { TaskTokens } from '../../../localcloud/states/task-tokens.ts';
import type { FunctionResult, MessageAttributes, QueryOutcome } from '../../../localcloud/core/ports.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from '../kinesis/support.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/states';
export const machineArn = (name: string): string => `arn:aws:states:${REGION}:000000000000:stateMachine:${name}`;

/** A service whose time passes at once, with functions, queries and notifications that a test scripts. */
export class StatesBench {
  readonly clock = movableClock();
  /** Milliseconds of every sleep, in order. */
  readonly slept: number[] = [];
  readonly invoked: { name: string; event: unknown }[] = [];
  readonly published: { topic: string; message: string; subject: string | undefined; attributes?: MessageAttributes }[] = [];
  readonly stopped: string[] = [];
  invoke: (name: string, event: unknown) => FunctionResult | Promise<FunctionResult> = (_, event) => ({ ok: true, payload: event });
  query: (id: string) => QueryOutcome | Promise<QueryOutcome> = (id) => ({ state: 'SUCCEEDED', execution: { QueryExecutionId: id } });
  readonly sent: { queueArn: string; body: string; attributes: unknown }[] = [];
  readonly asked: [target: string, input: unknown][] = [];
  readonly queues = {
    arnOfUrl: (url: string) => (url.endsWith('/missing') ? undefined : `arn:aws:sqs:${REGION}:000000000000:${url.slice(url.lastIndexOf('/') + 1)}`),
    send: async (queueArn: string, body: string, attributes: unknown = {}) => `message-${this.sent.push({ queueArn, body, attributes })}`,
  };
  /** Answers the actions of other services. */
  answer: (target: string, input: unknown) => unknown = () => ({});
  readonly ask = async (target: string, input: Record<string, unknown>): Promise<unknown> => {
    this.asked.push([target, input]);
    return this.answer(target, input);
  };
  service: StatesService;
  private readonly temporary = temporaryFolder();
  private machines = 0;
  private readonly queries: Record<string, unknown>[] = [];

  constructor() {
    this.service = this.open();
  }

  private ports() {
    return {
      sleep: async (milliseconds: number) => {
        this.slept.push(milliseconds);
        this.clock.advance(milliseconds);
      },
      functions: {
        invoke: async (name: string, event: unknown) => {
          this.invoked.push({ name, event });
          return this.invoke(name, event);
        },
      },
      queries: {
        start: async (input: Record<string, unknown>) => `query-${this.queries.push(input)}`,
        wait: async (id: string) => this.query(id),
        stopQuery: async (id: string) => void this.stopped.push(id),
      },
      publisher: { publish: async (topic: string, message: string, subject?: string, attributes?: MessageAttributes) => `message-${this.published.push({ topic, message, subject, ...(attributes ? { attributes } : {}) })}` },
    };
  }

  /** A new service on the same folder, as after a restart. */
  open(): StatesService {
    this.service = new StatesService({ dataDir: path.join(this.temporary.folder, 'states'), region: REGION, clock: this.clock.now, random: () => 0.5, queues: this.queues, ask: this.ask, ...this.ports() });
    return this.service;
  }

  /** What was given to StartQueryExecution. */
  get started(): readonly Record<string, unknown>[] {
    return this.queries;
  }

  /** Makes a machine of a definition by the API's own action; answers its ARN. */
  async create(definition: unknown): Promise<string> {
    this.machines += 1;
    const name = `machine-${this.machines}`;
    const server = await serve(this.service);
    const client = new SFNClient({ region: REGION, endpoint: server.endpoint, credentials, maxAttempts: 1 });
    try {
      await client.send(new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) }));
    } finally {
      client.destroy();
      await server.close();
    }
    return machineArn(name);
  }

  /** Runs a definition over an input to its end, without the API and its check (half a second each). */
  run(definition: unknown, input: unknown = {}): Promise<ExecutionOutcome> {
    const { functions, queries, publisher, sleep } = this.ports();
    const settings = { executionArn: 'execution', name: 'execution', stateMachineArn: machineArn('machine'), stateMachineName: 'machine', roleArn: ROLE, definition: definition as StateMachineDefinition, input, startTime: this.clock.now() };
    const startExecution = ({ StateMachineArn, Input }: Record<string, unknown>) => ({ executionArn: 'child', startDate: this.clock.now(), ended: this.service.run(String(StateMachineArn), Input) });
    return new Execution(settings, { clock: this.clock.now, region: REGION, sleep, random: () => 0.5, tasks: { functions, queries, publisher, startExecution, tokens: new TaskTokens(), queues: this.queues, ask: this.ask, caller: () => administrator } }).ended;
  }

  /** Runs one state, with `End`, and answers its output. */
  async one(state: Record<string, unknown>, input: unknown = {}): Promise<unknown> {
    const outcome = await this.run({ StartAt: 'S', States: { S: { ...state, End: true } } }, input);
    if (outcome.status !== 'SUCCEEDED') throw new Error(`${outcome.error}: ${outcome.cause}`);
    return outcome.output;
  }

  async close(): Promise<void> {
    await this.service.stop();
    rmSync(this.temporary.folder, { recursive: true, force: true });
  }
}
