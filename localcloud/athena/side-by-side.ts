import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBPendingResult, DuckDBResult } from '@duckdb/node-api';
import { DuckDBMaterializedResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

/** Node's threads for all that is slow, files of every service among it: https://docs.libuv.org/en/v1.x/threadpool.html */
const nodeThreads = Math.max(4, Number(process.env['UV_THREADPOOL_SIZE'] ?? 4));
const LONGEST_PAUSE_MS = 5;

/** So many at a time; who comes later waits in line. */
class Places {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  /** False where none is free now. */
  tryTake(): boolean {
    if (this.free === 0) return false;
    this.free -= 1;
    return true;
  }

  async take(): Promise<void> {
    if (!this.tryTake()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}

/** Statements with a thread of Node's that works for them alone, and fetches of rows, which compute too. */
const driven = new Places(nodeThreads - 1);
const fetching = new Places(1);

/**
 * Lets a connection's statements run beside any number of others. All but one of Node's threads drive a statement each, as DuckDB's
 * own calls do; further statements are left to DuckDB's threads and asked after, until a driver is free. If each took a thread of
 * Node's, four long queries would stop every file operation of the process. What is left to DuckDB's threads may wait long beside
 * several large scans: they take from the fullest queue first. UV_THREADPOOL_SIZE in the environment gives more drivers.
 * The instance must have a thread of its own (`threads` of 2 or more).
 */
export const sideBySide = (connection: DuckDBConnection): DuckDBConnection => {
  connection.run = async (sql, values, types) => {
    const result = await finished(await connection.start(sql, values, types));
    if (!(result instanceof DuckDBMaterializedResult)) throw new TypeError('DuckDB streamed a result that was to be whole');
    return result;
  };
  connection.stream = async (sql, values, types) => fetchingInTurn(await finished(await connection.startStream(sql, values, types)));
  return connection;
};

/** The result once it, or its first rows, are there. Throws DuckDB's error. */
const finished = async (pending: DuckDBPendingResult): Promise<DuckDBResult> => {
  const handle = Reflect.get(pending, 'pending_result') as Parameters<typeof bindings.pending_execute_check_state>[0];
  for (let pauseMs = 1; !driven.tryTake(); pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs + 1)) {
    // Any other state is an end, good or bad: getResult tells which.
    const state = bindings.pending_execute_check_state(handle);
    if (state !== bindings.PendingState.NO_TASKS_AVAILABLE && state !== bindings.PendingState.RESULT_NOT_READY) return pending.getResult();
    await sleep(pauseMs);
  }
  try {
    return await pending.getResult();
  } finally {
    driven.leave();
  }
};

const fetchingInTurn = (result: DuckDBResult): DuckDBResult => {
  const fetchChunk = result.fetchChunk.bind(result);
  result.fetchChunk = async () => {
    await fetching.take();
    try {
      return await fetchChunk();
    } finally {
      fetching.leave();
    }
  };
  return result;
};
