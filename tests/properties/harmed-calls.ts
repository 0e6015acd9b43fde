import type { Objects, StateTable, StoredObject } from '../../src/lib/aws/index.ts';

/**
 * What happens at a call, and to the invocation that makes it. `before`: killed, the call is not made. `middle`: killed in the middle of what
 * it reads. `after`: killed when the call took effect, its answer is never seen. `wakesAfter`: given up there, and going on after so many
 * calls of others.
 */
export interface Harm {
  /** Which call, from 0. */
  number: number;
  fault: 'before' | 'middle' | 'after' | { wakesAfter: number };
}

export interface Calls {
  call: <R>(effect: () => R) => Promise<Awaited<R>>;
  read: <Piece extends Uint8Array>(pieces: () => AsyncIterable<Piece>) => AsyncGenerator<Piece>;
}

/** Invocations of functions whose calls are counted, of which one may be harmed. */
export const createHarmedCalls = (harm: Harm | undefined) => {
  let made = 0;
  let wake = (): void => undefined;
  let zombie = Promise.resolve();

  /** @returns what the function answers; undefined where nobody hears it any more */
  const invoke = <T>(work: (calls: Calls) => Promise<T>): Promise<T | undefined> => {
    const state = { isDead: false, isZombie: false };
    let giveUp = (): void => undefined;
    const givenUp = new Promise<undefined>((resolve) => (giveUp = () => resolve(undefined)));

    const die = (): never => {
      state.isDead = true;
      throw new Error('the invocation is gone');
    };
    const enter = async (): Promise<Harm['fault'] | undefined> => {
      if (state.isDead) die();
      if (state.isZombie) return undefined;
      const number = made++;
      if (typeof harm?.fault === 'object' && number === harm.number + harm.fault.wakesAfter) {
        wake();
        await zombie;
      }
      if (number !== harm?.number) return undefined;
      if (harm.fault === 'before') die();
      if (typeof harm.fault === 'object') {
        state.isZombie = true;
        zombie = ended;
        giveUp();
        await new Promise<void>((resolve) => (wake = resolve));
      }
      return harm.fault;
    };

    const calls: Calls = {
      async call<R>(effect: () => R): Promise<Awaited<R>> {
        const fault = await enter();
        if (fault === 'middle') die();
        const answer = await effect();
        return fault === 'after' ? die() : answer;
      },
      async *read(pieces) {
        const fault = await enter();
        for await (const piece of pieces()) {
          yield piece;
          if (fault === 'middle') die();
        }
        if (fault === 'after') die();
      },
    };
    const heard = work(calls).catch((error: unknown) => {
      if (state.isDead || state.isZombie) return undefined;
      throw error;
    });
    const ended = heard.then(() => undefined);
    return Promise.race([heard, givenUp]);
  };

  return {
    invoke,
    made: () => made,
    /** Lets the invocation that was given up go on to its end. */
    zombieEnded: async (): Promise<void> => {
      wake();
      await zombie;
    },
  };
};

export type HarmedCalls = ReturnType<typeof createHarmedCalls>;

export const throughCalls = ({ call, read }: Calls, objects: Objects): Objects => ({
  ...objects,
  put: (key, body) => call(() => objects.put(key, body)),
  get: (key) => call(() => objects.get(key)),
  async read(key) {
    const pieces = await objects.read(key);
    return pieces && read(() => pieces);
  },
  async *list(prefix) {
    const found: StoredObject[] = [];
    for await (const object of objects.list(prefix)) found.push(object);
    yield* await call(() => found);
  },
});

export const tableThroughCalls = ({ call }: Calls, table: StateTable): StateTable => ({
  ...table,
  get: (key) => call(() => table.get(key)),
  put: (key, members, expect) => call(() => table.put(key, members, expect)),
});
