import { rmSync } from 'node:fs';
import path from 'node:path';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { StatesService } from '../../../localcloud/states/index.ts';
import type { ExecutionOutcome, StatesOptions } from '../../../localcloud/states/index.ts';
import type { FunctionResult, QueryOutcome } from '../../../localcloud/core/ports.ts';
import { credentials, movableClock, REGION, serve, temporaryFolder } from '../kinesis/support.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/states';
export const machineArn = (name: string): string => `arn:aws:states:${REGION}:000000000000:stateMachine:${name}`;

/** A service whose time passes at once, with functions, queries and notifications that a test scripts. */
export class StatesBench {
  readonly clock = movableClock();
  /** Milliseconds of every sleep, in order. */
  readonly slept: number[] = [];
  readonly invoked: { name: string; event: unknown }[] = [];
  readonly published: { topic: string; message: string; subject: string | undefined }[] = [];
  readonly stopped: string[] = [];
  invoke: (name: string, event: unknown) => FunctionResult | Promise<FunctionResult> = (_, event) => ({ ok: true, payload: event });
  query: (id: string) => QueryOutcome | Promise<QueryOutcome> = (id) => ({ state: 'SUCCEEDED', execution: { QueryExecutionId: id } });
  service: StatesService;
  private readonly temporary = temporaryFolder();
  private machines = 0;
  private readonly queries: Record<string, unknown>[] = [];

  constructor() {
    this.service = this.open();
  }

  /** A new service on the same folder, as after a restart. */
  open(change: Partial<StatesOptions> = {}): StatesService {
    this.service = new StatesService({
      dataDir: path.join(this.temporary.folder, 'states'),
      region: REGION,
      clock: this.clock.now,
      sleep: async (milliseconds) => {
        this.slept.push(milliseconds);
        this.clock.advance(milliseconds);
      },
      random: () => 0.5,
      functions: {
        invoke: async (name, event) => {
          this.invoked.push({ name, event });
          return this.invoke(name, event);
        },
      },
      queries: {
        start: async (input) => `query-${this.queries.push(input)}`,
        wait: async (id) => this.query(id),
        stopQuery: async (id) => void this.stopped.push(id),
      },
      publisher: { publish: async (topic, message, subject) => void this.published.push({ topic, message, subject }) },
      ...change,
    });
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

  /** Runs a definition over an input to its end. */
  async run(definition: unknown, input: unknown = {}): Promise<ExecutionOutcome> {
    return this.service.run(await this.create(definition), input);
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
