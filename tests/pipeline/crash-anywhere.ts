import { harmAt, isAt, type CrashLake, type Point } from './crash-lake.ts';
import type { Call, Fault, FaultyFunctions } from './faulty-functions.ts';

/**
 * How a crash goes on. `asked again`: Lambda tells that the function is gone, the workflow asks again. `failed`: the workflow takes it for an
 * error and aborts the run. `workflow ended`: nothing of the run goes on, as when its time is over.
 */
export type Aftermath = 'asked again' | 'failed' | 'workflow ended';

export interface Crash {
  point: Point & Pick<Call, 'operation'>;
  fault: Extract<Fault, string>;
  aftermath: Aftermath;
}

const ENDINGS: Readonly<Record<Aftermath, FaultyFunctions['ending']>> = { 'asked again': 'Runtime.ExitError', failed: 'Error', 'workflow ended': 'Sandbox.Timedout' };

/** Every call that changes something, killed before it, in its middle and after it. A call that reads is no point of its own: it lies between two others. */
export const crashesOf = (calls: readonly Call[]): Crash[] =>
  calls
    .filter(({ operation }) => /^PUT |PutItem|UpdateTable|StartQueryExecution|StopQueryExecution/.test(operation))
    .flatMap((point) =>
      (['before', 'middle', 'after'] as const).flatMap((fault) => (['asked again', 'failed', 'workflow ended'] as const).map((aftermath): Crash => ({ point, fault, aftermath }))),
    );

/** A run that crashes, then runs until one succeeds: the end is what it would have been without the crash. */
export const crashIsHarmless = async (crash: CrashLake, { point, fault, aftermath }: Crash): Promise<void> => {
  const { functions } = crash;
  await crash.deliverNext();
  functions.ending = ENDINGS[aftermath];
  const harm = { isDone: false }; // a delivery with less to do does not come to every point
  const crashed = harmAt(functions, point, fault).then(() => (harm.isDone = true));
  const ended = crash.run();
  await Promise.race([crashed, ended]);
  if (aftermath === 'workflow ended') await crash.stopRuns();
  const outcome = await ended;
  functions.ending = 'Runtime.ExitError';
  const takesAnother = outcome instanceof Error;
  if (takesAnother) await crash.recover();
  else if (harm.isDone) expect(aftermath).toBe('asked again');
  await crash.check();
};

/** An invocation that Lambda gave up at a point, and that goes on at the n-th call made after that. */
export interface Zombie {
  point: Point & Pick<Call, 'operation'>;
  wakesAfter: number;
  aftermath: Aftermath;
}

/** The zombie's remaining calls are made in the middle of what came after it, and change nothing. */
export const zombieIsHarmless = async (crash: CrashLake, { point, wakesAfter, aftermath }: Zombie): Promise<void> => {
  const { functions } = crash;
  await crash.deliverNext();
  functions.ending = ENDINGS[aftermath];
  let wake = (): void => undefined;
  let sleeping: string | undefined;
  let callsSince = 0;
  const fellAsleep = new Promise<void>((resolve) => {
    functions.onCall = async (call) => {
      if (sleeping === undefined && isAt(point, call)) {
        sleeping = call.invocation;
        setImmediate(resolve);
        return { until: new Promise<void>((awake) => (wake = awake)) };
      }
      if (sleeping !== undefined && call.invocation !== sleeping && ++callsSince === wakesAfter) {
        wake();
        await functions.givenUpEnded();
      }
      return undefined;
    };
  });
  const ended = crash.run();
  await Promise.race([fellAsleep, ended]);
  if (aftermath === 'workflow ended') await crash.stopRuns();
  for (let outcome = await ended; outcome instanceof Error; outcome = await crash.run()) functions.ending = 'Runtime.ExitError';
  functions.ending = 'Runtime.ExitError';
  functions.onCall = () => undefined;
  wake();
  await functions.givenUpEnded();
  await crash.recover(); // what a zombie left behind is seen by the next run
  await crash.check();
};
