import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { ListExecutionsCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import fc from 'fast-check';
import { createObjects } from '../../src/lib/aws/index.ts';
import { createRunFiles, SOURCE_NAMES, SOURCES, type LakeItem, type RunSummary } from '../../src/lib/run/index.ts';
import { batchOf, expectedState, stateOf } from '../properties/order.ts';
import { NEAR_DAYS, scenario, type Delivery } from '../properties/scenario.ts';
import { openTestLake, type TestLake } from '../support/test-lake.ts';
import { openFaultyFunctions, type Call, type Fault, type FaultyFunctions } from './faulty-functions.ts';

const BUCKET = 'floe-dev-lake-000000000000';

/** A lake whose functions can be killed, and new input for each of its runs. */
export interface CrashLake {
  readonly lake: TestLake;
  readonly functions: FaultyFunctions;
  /** Delivers what the next run finds: new records, and others that change those of the delivery before. */
  deliverNext(): Promise<void>;
  item(): Promise<LakeItem>;
  /** The workflow's end, also where it failed. */
  run(): Promise<RunSummary | Error>;
  /** Ends every execution that is under way, as the workflow's time limit does. */
  stopRuns(): Promise<void>;
  /** Runs, nothing being harmed any more, until one succeeds. @returns how many it took */
  recover(): Promise<number>;
  /** Compares silver, gold and quarantine with a second implementation, and the list of taken objects with bronze. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A call by its place in a pass. */
export type Point = Pick<Call, 'of' | 'number'>;

export const isAt = ({ of, number }: Point, call: Call): boolean => call.of === of && call.number === number;

/** Harms the call at a point, once; the promise tells when it has come to it. */
export const harmAt = (functions: FaultyFunctions, point: Point, fault: Fault): Promise<void> =>
  new Promise((resolve) => {
    let isOver = false;
    functions.onCall = (call) => {
      if (isOver || !isAt(point, call)) return undefined;
      isOver = true;
      setImmediate(resolve);
      return fault;
    };
  });

export const openCrashLake = async (seed: number): Promise<CrashLake> => {
  const functions = await openFaultyFunctions();
  const lake = await openTestLake(functions.createFunction);
  const objects = createObjects(lake.clients.s3, BUCKET);
  const scenarios: Delivery[][] = [];

  const isEarly = ({ batch }: Delivery): boolean => batch < 2;
  /** Without early events a run has little to do, or nothing. */
  const runsWithEvents = scenario(NEAR_DAYS).filter((deliveries) => deliveries.some((delivery) => isEarly(delivery) && delivery.kind === 'event'));
  const next = (): Delivery[] => {
    const number = scenarios.push(fc.sample(runsWithEvents, { seed: seed + scenarios.length, numRuns: 1 })[0] ?? []) - 1;
    return scenarios[number] ?? [];
  };

  const item = async (): Promise<LakeItem> => {
    const { Item: found } = await lake.clients.dynamodb.send(new GetCommand({ TableName: 'floe-dev-lake', Key: { item: 'lake' }, ConsistentRead: true }));
    return found as unknown as LakeItem;
  };

  const takenAndThere = async (): Promise<{ taken: string[]; there: string[] }> => {
    const { taken } = await createRunFiles(objects).taken((await item()).committed.takenKey);
    const there: string[] = [];
    for (const source of SOURCE_NAMES) for await (const { key } of objects.list(SOURCES[source].prefix)) there.push(`s3://${BUCKET}/${key}`);
    return { taken: [...taken].sort(), there: there.sort() };
  };

  const run = (): Promise<RunSummary | Error> => lake.run().catch((error: unknown) => error as Error);

  return {
    lake,
    functions,
    item,
    run,
    async deliverNext() {
      const before = scenarios.length - 1;
      const late = (scenarios[before] ?? []).filter((delivery) => !isEarly(delivery));
      if (late.length > 0) await lake.deliver(batchOf(`n${before}`, late));
      await lake.deliver(batchOf(`n${before + 1}`, next().filter(isEarly)));
    },
    async stopRuns() {
      const { sfn } = lake.clients;
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:floe-dev-hourly', statusFilter: 'RUNNING' }));
      for (const { executionArn } of executions) await sfn.send(new StopExecutionCommand({ executionArn }));
    },
    async recover() {
      functions.onCall = () => undefined;
      for (let runs = 1; ; runs += 1) {
        const outcome = await run();
        if (!(outcome instanceof Error)) return runs;
        if (runs === 4) throw new Error('the pipeline does not recover', { cause: outcome });
      }
    },
    async check() {
      for (const number of [scenarios.length - 2, scenarios.length - 1]) {
        const deliveries = scenarios[number];
        if (deliveries) expect({ number, ...(await stateOf(lake, `n${number}`)) }).toEqual({ number, ...expectedState(number === scenarios.length - 1 ? deliveries.filter(isEarly) : deliveries) });
      }
      const { taken, there } = await takenAndThere();
      expect(taken).toEqual(there);
      expect((await item()).open).toBeNull();
    },
    async close() {
      await functions.close();
      await lake.stop();
    },
  };
};

/** The calls of a pass that nothing harms, in their order. */
export const recordPass = async (crash: CrashLake): Promise<Call[]> => {
  const { functions } = crash;
  const calls: Call[] = [];
  functions.onCall = (call) => void calls.push(call);
  await crash.deliverNext();
  const outcome = await crash.run();
  functions.onCall = () => undefined;
  if (outcome instanceof Error) throw outcome;
  return calls;
};
