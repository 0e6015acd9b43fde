import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBPendingResult, DuckDBResult } from '@duckdb/node-api';
import { DuckDBMaterializedResult } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

/** Node's threads for all that is slow, files of every service among it: https://docs.libuv.org/en/v1.x/threadpool.html */
const nodeThreads = Math.max(4, Number(process.env['UV_THREADPOOL_SIZE'] ?? 4));
const LONGEST_PAUSE_MS = 5;

/**
 * Rows that wait to be fetched. A query streams once so many are there or it has ended, so a result that fits is fetched in no
 * time. DuckDB keeps this outside its memory limit.
 */
const WAITING_ROWS = '16MB';

/** So many at a time; who comes later waits in line. */
class Places {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}

/** Fetches of a result that is still being computed hold a thread of Node's until enough rows are there. */
const fetching = new Places(nodeThreads - 2);

/**
 * Lets a connection's statements run without a thread of Node's: DuckDB's own threads carry them out and are asked after.
 * With DuckDB's usual calls each would hold one, and four long queries would stop every file operation of the process.
 * The instance must have a thread of its own (`threads` of 2 or more).
 */
export const sideBySide = async (connection: DuckDBConnection): Promise<DuckDBConnection> => {
  await connection.run(`SET TimeZone='UTC'; SET streaming_buffer_size='${WAITING_ROWS}'`);
  connection.run = async (sql, values, types) => {
    const pending = await connection.start(sql, values, types);
    await ended(pending);
    const result = await pending.getResult();
    if (!(result instanceof DuckDBMaterializedResult)) throw new TypeError('DuckDB streamed a result that was to be whole');
    return result;
  };
  connection.stream = async (sql, values, types) => {
    const pending = await connection.startStream(sql, values, types);
    const moreToCome = await ended(pending);
    const result = await pending.getResult();
    return moreToCome ? fetchingInTurn(result) : result;
  };
  return connection;
};

/**
 * Resolves when it has ended or, streamed, has as many rows as may wait: true then, as there may be more to come. Good and bad ends
 * are told apart by `getResult`, which throws DuckDB's error.
 */
const ended = async (pending: DuckDBPendingResult): Promise<boolean> => {
  const handle = Reflect.get(pending, 'pending_result') as Parameters<typeof bindings.pending_execute_check_state>[0];
  for (let pauseMs = 1; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs + 1)) {
    const state = bindings.pending_execute_check_state(handle);
    if (state !== bindings.PendingState.NO_TASKS_AVAILABLE && state !== bindings.PendingState.RESULT_NOT_READY) return state === bindings.PendingState.RESULT_READY;
    await sleep(pauseMs);
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
